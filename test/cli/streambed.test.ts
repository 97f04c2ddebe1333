import { expect, test } from "vitest";
import { cliHarness } from "./cli-harness.ts";

test("topics: create, list, describe, alter, delete", async () => {
  await using cli = await cliHarness();
  expect(await cli.streambed(["topics", "create", "orders", "--partitions", "2", "-c", "retention.ms=1000"])).toEqual({
    code: 0,
    stdout: "Created topic orders with 2 partitions.\n",
    stderr: "",
  });
  expect((await cli.streambed(["topics", "list"])).stdout).toBe("TOPIC   PARTITIONS\norders           2\n");
  const described = await cli.streambed(["topics", "describe", "orders", "--json"]);
  expect(JSON.parse(described.stdout)).toMatchObject([
    {
      name: "orders",
      partitions: [{ partition: 0, earliest: 0, latest: 0 }, { partition: 1 }],
      configs: { "retention.ms": "1000" },
    },
  ]);
  await cli.streambed(["topics", "alter", "orders", "--partitions", "3", "--delete-config", "retention.ms"]);
  const altered = await cli.streambed(["topics", "describe", "orders"]);
  expect(altered.stdout).toMatch(/^Topic orders \(id /);
  expect(altered.stdout).not.toContain("retention.ms");
  expect(altered.stdout.trimEnd().split("\n")).toHaveLength(5);
  expect((await cli.streambed(["topics", "delete", "orders"])).stdout).toBe("Deleted topic orders.\n");
  expect((await cli.streambed(["topics", "list"])).stderr).toContain("topics create");
});

test("errors say what to do next", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "orders"]);
  const again = await cli.streambed(["topics", "create", "orders"]);
  expect(again).toMatchObject({ code: 1, stdout: "" });
  expect(again.stderr).toMatch(/orders.*already exists[^]*--if-not-exists/i);
  expect((await cli.streambed(["topics", "create", "orders", "--if-not-exists"])).code).toBe(0);
  const missing = await cli.streambed(["topics", "describe", "nowhere"]);
  expect(missing).toMatchObject({ code: 1, stdout: "" });
  expect(missing.stderr).toContain("streambed topics list");
  const slip = await cli.streambed(["topics", "lst"]);
  expect(slip.code).toBe(1);
  expect(slip.stderr).toMatch(/lst[^]*--help/);
  expect((await cli.streambed(["topics", "create", "x", "--partitions", "none"])).stderr).toContain("whole number");
  expect((await cli.streambed(["topics", "list", "-b", "nonsense"])).stderr).toContain("host:port");
});

test.each([
  [[], /Commands:/],
  [["--help"], /streambed serve/],
  [["topics", "create", "--help"], /\$ streambed topics create orders --partitions 6/],
  [["consume", "--help"], /--from-beginning/],
])("help for %j has examples", async (args, text) => {
  await using cli = await cliHarness();
  const { stdout, stderr } = await cli.streambed(args);
  expect(stdout + stderr).toMatch(text);
});

test("what is produced is consumed: values, keys, headers, JSON", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "orders"]);
  const sent = await cli.streambed(["produce", "orders", "first", "second", "--key", "k", "-H", "a=1"]);
  expect(sent).toEqual({ code: 0, stdout: "", stderr: "Sent 2 records to orders (partition@offset 0@0-1).\n" });
  await cli.streambed(["produce", "orders", "--key-separator", ":"], "anna:3 apples\nno key\n");
  const read = ["consume", "orders", "--from-beginning", "--exit"];
  expect((await cli.streambed(read)).stdout).toBe("first\nsecond\n3 apples\nno key\n");
  expect((await cli.streambed([...read, "--keys"])).stdout).toBe("k\tfirst\nk\tsecond\nanna\t3 apples\nnull\tno key\n");
  const lines = (await cli.streambed([...read, "--json"])).stdout.trimEnd().split("\n");
  expect(JSON.parse(lines[0] ?? "")).toMatchObject({
    topic: "orders",
    partition: 0,
    offset: 0,
    key: "k",
    value: "first",
    headers: [{ key: "a", value: "1" }],
  });
});

test("a topic is copied through JSON, byte for byte", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "from", "to"]);
  await cli.streambed(
    ["produce", "from", "--json"],
    '{"key":"k","valueBase64":"/wA=","headers":{"h":null},"timestamp":5}\n',
  );
  const copy = await cli.streambed(["consume", "from", "--from-beginning", "--exit", "--json"]);
  await cli.streambed(["produce", "to", "--json"], copy.stdout);
  const copied = await cli.streambed(["consume", "to", "--from-beginning", "--exit", "--json"]);
  expect(copied.stdout).toBe(copy.stdout.replace('"topic":"from"', '"topic":"to"'));
  expect(copied.stdout).toContain('"valueBase64":"/wA="');
});

test.each(["gzip", "snappy", "lz4", "zstd"])("records travel compressed with %s", async (codec) => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "packed"]);
  expect((await cli.streambed(["produce", "packed", "-z", codec, "a", "b"])).code).toBe(0);
  expect((await cli.streambed(["consume", "packed", "--from-beginning", "-e"])).stdout).toBe("a\nb\n");
});

test("consume stops at --max, and starts at --offset of a --partition", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  await cli.streambed(["produce", "t"], "0\n1\n2\n3\n");
  expect((await cli.streambed(["consume", "t", "--from-beginning", "--max-messages", "2"])).stdout).toBe("0\n1\n");
  expect((await cli.streambed(["consume", "t", "-p", "0", "-o", "2", "-e"])).stdout).toBe("2\n3\n");
  expect((await cli.streambed(["consume", "t", "-o", "2"])).stderr).toContain("--offset needs --partition");
});

test("topics trim-prefix deletes the oldest records, by offset or by time", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  const at = (ms: number): string => `{"value":"${ms}","timestamp":${ms}}\n`;
  await cli.streambed(["produce", "t", "--json"], [1000, 2000, 3000, 4000].map(at).join(""));
  const read = async (): Promise<string> => (await cli.streambed(["consume", "t", "--from-beginning", "-e"])).stdout;
  const trim = ["topics", "trim-prefix", "t"];
  const dry = await cli.streambed([...trim, "--before", "1970-01-01T00:00:02Z", "--dry-run"]);
  expect(dry.stdout).toBe("TOPIC  PARTITION  FIRST OFFSET  REMOVED\nt              0             1        1\n");
  expect(await read()).toBe("1000\n2000\n3000\n4000\n");
  await cli.streambed([...trim, "--before", "1970-01-01T00:00:02Z"]);
  expect(await read()).toBe("2000\n3000\n4000\n");
  expect((await cli.streambed([...trim, "--offset", "3", "-p", "0", "--json"])).stdout).toContain('"offset": 3');
  expect(await read()).toBe("4000\n");
  await cli.streambed([...trim, "--offset", "end"]);
  expect(await read()).toBe("");
  expect((await cli.streambed(trim)).stderr).toContain("--before");
  expect((await cli.streambed([...trim, "--offset", "1", "-p", "7"])).stderr).toContain("not 7");
});

test("topics trim-prefix refuses an offset behind the end of a partition, before it deletes anything", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t", "--partitions", "2"]);
  await cli.streambed(["produce", "t", "-p", "0"], "a\nb\n");
  await cli.streambed(["produce", "t", "-p", "1"], "c\nd\ne\n");
  for (const extra of [[], ["--dry-run"]]) {
    const refused = await cli.streambed(["topics", "trim-prefix", "t", "--offset", "3", ...extra]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("OFFSET_OUT_OF_RANGE: t-0 ends at 2, before offset 3.");
    expect(refused.stderr).toContain("--offset end deletes everything");
  }
  const read = await cli.streambed(["consume", "t", "--from-beginning", "-e"]);
  expect(read.stdout.split("\n").toSorted().join("")).toBe("abcde");
  expect((await cli.streambed(["topics", "trim-prefix", "t", "--offset", "3", "-p", "1"])).code).toBe(0);
});

test("topics trim-prefix says when a time takes everything", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t", "--partitions", "2"]);
  await cli.streambed(["produce", "t", "-p", "1"], "a\nb\n");
  const trimmed = await cli.streambed(["topics", "trim-prefix", "t", "--before", "2999-01-31T08:00:00Z"]);
  expect(trimmed).toEqual({
    code: 0,
    stdout:
      "TOPIC  PARTITION  FIRST OFFSET  REMOVED\nt              0             0        0\nt              1             2        2\n",
    stderr: "Everything is older than 2999-01-31T08:00:00Z, so that no record stays, in t-1 (2).\n",
  });
});

test("a group goes on where it stopped, and can be described, moved and deleted", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  await cli.streambed(["produce", "t"], "0\n1\n2\n3\n");
  const read = ["consume", "t", "--group", "g", "--from-beginning", "--exit"];
  expect((await cli.streambed([...read, "--max-messages", "2"])).stdout).toBe("0\n1\n");
  expect((await cli.streambed(["groups", "list"])).stdout).toMatch(/^GROUP.*\ng /);
  const described = JSON.parse(
    (await cli.streambed(["groups", "describe", "g", "--json"])).stdout,
  ) as readonly object[];
  expect(described).toMatchObject([
    { groupId: "g", offsets: [{ topic: "t", partition: 0, currentOffset: 2, logEndOffset: 4, lag: 2 }] },
  ]);
  expect((await cli.streambed(read)).stdout).toBe("2\n3\n");
  const dry = await cli.streambed(["groups", "reset-offsets", "g", "--topic", "t", "--to-offset", "1"]);
  expect(dry.stderr).toContain("--execute");
  expect((await cli.streambed(read)).stdout).toBe("");
  await cli.streambed(["groups", "reset-offsets", "g", "--topic", "t:0", "--shift-by", "-1", "--execute"]);
  expect((await cli.streambed(read)).stdout).toBe("3\n");
  expect((await cli.streambed(["groups", "delete", "g"])).stdout).toBe("Deleted group g.\n");
});
