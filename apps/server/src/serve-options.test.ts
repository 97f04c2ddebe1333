import { expect, test } from "vitest";
import { parseServeArgs, type ServeOptions } from "./serve-options.ts";

function parsed(args: readonly string[]): ServeOptions {
  const options = parseServeArgs(args, {});
  if (typeof options === "string") throw new Error(`expected options, got ${options}`);
  return options;
}

test("without flags: a folder, loopback, and Kafka's and Confluent's ports", () => {
  expect(parsed([])).toMatchObject({
    store: { kind: "folder", path: "./data" },
    host: "localhost",
    kafkaPort: 9092,
    httpPort: 8082,
    allowAnonymous: false,
    broker: {},
  });
});

test.each([
  ["s3://bucket", { kind: "s3", bucket: "bucket", prefix: "", endpoint: null }],
  ["s3://bucket/a/b/", { kind: "s3", bucket: "bucket", prefix: "a/b", endpoint: null }],
  ["memory:", { kind: "memory" }],
  ["/var/data", { kind: "folder", path: "/var/data" }],
  ["file:///var/data", { kind: "folder", path: "/var/data" }],
  ["D:/data", { kind: "folder", path: "D:/data" }],
  ["./s3:/data", { kind: "folder", path: "./s3:/data" }],
])("--store %s", (text, store) => {
  expect(parsed(["--store", text]).store).toEqual(store);
});

test("--node-id is node.id, and a cluster is asked for by name", () => {
  expect(parsed([])).toMatchObject({ cluster: false, shards: null });
  expect(parsed(["--cluster", "--node-id", "7", "--shards", "4"])).toMatchObject({
    cluster: true,
    shards: 4,
    broker: { nodeId: 7 },
  });
});

test("--node-id may repeat node.id", () => {
  expect(parsed(["--config", "node.id=5", "--node-id", "5"]).broker).toEqual({ nodeId: 5 });
});

test("Kafka's config names become settings", () => {
  const args = ["--config", "auto.create.topics.enable=false", "--config=num.partitions=3"];
  expect(parsed(args).broker).toEqual({ autoCreateTopicsEnable: false, numPartitions: 3 });
});

test("retention and compaction are set with Kafka's broker configs", () => {
  const configs = [
    "log.retention.ms=-5",
    "log.retention.minutes=30",
    "log.retention.bytes=1000000000000",
    "log.roll.hours=24",
    "log.roll.ms=60000",
    "log.segment.bytes=1048576",
    "log.cleanup.policy=compact, delete",
    "log.cleaner.min.cleanable.ratio=0.25",
    "log.cleaner.enable=false",
  ];
  expect(parsed(configs.flatMap((config) => ["--config", config])).broker).toEqual({
    logRetentionMs: -1,
    logRetentionMinutes: 30,
    logRetentionBytes: 1_000_000_000_000,
    logRollHours: 24,
    logRollMs: 60_000,
    logSegmentBytes: 1_048_576,
    logCleanupPolicy: "compact,delete",
    logCleanerMinCleanableRatio: 0.25,
    logCleanerEnable: false,
  });
});

test("memory for recent records is given in bytes, or left to the machine", () => {
  expect(parsed([]).cacheBytes).toBeNull();
  const sizes = ["0", "1000", "64k", "256M", "1G"];
  expect(sizes.map((size) => parsed(["--cache", size]).cacheBytes)).toEqual([0, 1000, 65_536, 2 ** 28, 2 ** 30]);
});

test("prices follow the store, a budget in dollars follows the prices", () => {
  const s3 = ["--store", "s3://bucket"];
  expect(parsed([])).toMatchObject({ priceList: "none", hedge: false, putsPerMonthMax: null });
  expect(parsed(s3)).toMatchObject({ priceList: "s3", hedge: true });
  expect(parsed(["--store", "s3://a--use1-az4--x-s3"]).priceList).toBe("s3-express");
  expect(parsed([...s3, "--put-budget", "$25"]).putsPerMonthMax).toBe(5_000_000);
  expect(parsed([...s3, "--put-budget", "1_000_000", "--hedge", "off"])).toMatchObject({
    putsPerMonthMax: 1_000_000,
    hedge: false,
  });
});

test.each([
  [["--cache", "much"], /--cache takes bytes up to 64G.*"much"/],
  [["--cache", "65G"], /up to 64G/],
  [["--cache=-1"], /up to 64G.*"-1"/],
  [["--put-budget", "$5"], /requests cost nothing/],
  [["--put-budget", "much"], /5000000.*\$25/],
  [["--put-budget", "1000"], /is 1000 writes a month.*at least 21600/],
  [["--hedge", "maybe"], /on, off, auto/],
  [["--price-list", "gcs"], /s3, s3-express, r2, none/],
  [["--kafka-port", "70000"], /--kafka-port must be a port/],
  [["--http-port", "http"], /--http-port must be a port/],
  [["--no-such-flag"], /no-such-flag.*--help/],
  [["--store"], /store/],
  [["--store", "gs://bucket"], /gs:\/\/bucket is not known.*AWS_ENDPOINT_URL/],
  [["--store", "s3:/events/a"], /s3:\/events\/a is not known\..*write s3:\/\/events\/a\. .* \.\/s3:\/events\/a\./],
  [["--data", "S3:events"], /write s3:\/\/events\./],
  [["--data", "r2:events"], /r2:events is not known.*AWS_ENDPOINT_URL/],
  [["--store", "http:/127.0.0.1:9000"], /AWS_ENDPOINT_URL/],
  [["--store", "memory:x"], /memory:x is not known.*write memory:\./],
  [["--store", "file:/var/data"], /write \/var\/data\./],
  [["--store", "s3://UPPER"], /not the name of a bucket/],
  [["--data", "a", "--store", "b"], /give one of them/],
  [["--config", "num.partitions"], /name=value/],
  [["--config", "num.partitions=0"], /whole number from 1/],
  [["--config", "num.partitions=two"], /whole number/],
  [["--config", "log.retention.hours=0"], /-1 \(without limit\) or at least 1/],
  [["--config", "log.segment.bytes=1000"], /from 1048576 to 2147483647/],
  [["--config", "log.cleanup.policy=keep"], /delete, compact, or both/],
  [["--config", "log.cleaner.min.cleanable.ratio=1.5"], /from 0 to 1/],
  [["--config", "log.dirs=/x"], /does not know log\.dirs; it takes .*num\.partitions/],
  [["--config", "delete.topic.enable=yes"], /true or false/],
  [["--log-level", "loud"], /one of debug, info/],
  [["--cluster", "--store", "memory:"], /--cluster needs a folder or a bucket/],
  [["--node-id", "one"], /--node-id must be a whole number/],
  [["--config", "node.id=5", "--node-id", "6"], /--node-id 6 and --config node\.id=5 differ/],
  [["--config", "num.partitions=1000000000"], /num\.partitions must be a whole number from 1 to 10000/],
  [["--config", "offsets.topic.num.partitions=10001"], /from 1 to 10000/],
  [["--shards", "0"], /--shards must be a whole number from 1 to 64/],
  [["--shards", "65"], /--shards must be a whole number from 1 to 64/],
  [["stray"], /stray/],
])("%j is refused with the remedy", (args, message) => {
  expect(() => parseServeArgs(args, {})).toThrow(
    expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message) }),
  );
});

test("help and version win over everything else", () => {
  expect(parseServeArgs(["--help", "--kafka-port", "1"], {})).toBe("help");
  expect(parseServeArgs(["--version"], {})).toBe("version");
});

test("the endpoint comes from AWS's variables, the more specific one first", () => {
  const environment = { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:2" };
  expect(parseServeArgs(["--store", "s3://bucket"], environment)).toMatchObject({
    store: { endpoint: "http://127.0.0.1:2" },
  });
  expect(() => parseServeArgs(["--store", "s3://bucket"], { AWS_ENDPOINT_URL: "localhost" })).toThrow(/not a URL/);
});
