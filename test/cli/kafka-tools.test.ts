import { runConsoleConsumer, runConsoleProducer, runKafkaTopics } from "@streambed/cli";
import { expect, test } from "vitest";
import { type CliHarness, cliHarness, type Ran } from "./cli-harness.ts";

const SERVER = ["--bootstrap-server", "localhost:9092"];

function topics(cli: CliHarness, ...args: readonly string[]): Promise<Ran> {
  return cli.tool(runKafkaTopics, [...SERVER, ...args]);
}

function produce(cli: CliHarness, args: readonly string[], input: string): Promise<Ran> {
  return cli.tool(runConsoleProducer, [...SERVER, ...args], input);
}

function consume(cli: CliHarness, ...args: readonly string[]): Promise<Ran> {
  return cli.tool(runConsoleConsumer, [...SERVER, ...args]);
}

test("kafka-topics creates, lists, describes, alters and deletes with Kafka's words", async () => {
  await using cli = await cliHarness();
  const create = ["--create", "--partitions", "2", "--replication-factor", "1", "--topic", "test"];
  expect(await topics(cli, ...create)).toEqual({ code: 0, stdout: "Created topic test.\n", stderr: "" });
  const again = await topics(cli, ...create);
  expect(again.code).toBe(1);
  expect(again.stdout).toMatch(/^Error while executing topic command : .*test.*already exists/);
  expect(await topics(cli, ...create, "--if-not-exists")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect((await topics(cli, "--list")).stdout).toBe("test\n");
  const described = await topics(cli, "--describe", "--topic", "test");
  expect(described.stdout).toMatch(
    /^Topic: test\tTopicId: [\w-]{22}\tPartitionCount: 2\tReplicationFactor: 1\tConfigs: /,
  );
  expect(described.stdout).toContain("\n\tTopic: test\tPartition: 1\tLeader: 1\tReplicas: 1\tIsr: 1\t");
  expect((await topics(cli, "--alter", "--topic", "test", "--partitions", "3")).code).toBe(0);
  expect((await topics(cli, "--describe", "--topic", "te.*")).stdout).toContain("PartitionCount: 3");
  expect(await topics(cli, "--delete", "--topic", "test")).toEqual({ code: 0, stdout: "", stderr: "" });
  expect((await topics(cli, "--list")).stdout).toBe("\n");
});

test("kafka-topics refuses what Kafka's tool refuses", async () => {
  await using cli = await cliHarness();
  expect(await topics(cli, "--describe", "--topic", "nowhere")).toEqual({
    code: 1,
    stdout: "",
    stderr: "Topic 'nowhere' does not exist as expected\n",
  });
  expect((await topics(cli, "--describe", "--topic", "nowhere", "--if-exists")).code).toBe(0);
  expect((await topics(cli, "--create", "--topic", "t", "--partitions", "0")).stderr).toBe(
    "The partitions must be greater than 0\n",
  );
  expect((await topics(cli, "--list", "--create")).stderr).toContain("exactly one action");
  const tooMany = await topics(cli, "--create", "--topic", "t", "--replication-factor", "4");
  expect(tooMany.code).toBe(1);
  expect(tooMany.stdout).toMatch(/^Error while executing topic command : .*replicate/i);
});

test("the console tools pass keys, headers and nulls in Kafka's format", async () => {
  await using cli = await cliHarness();
  await topics(cli, "--create", "--topic", "t");
  const reader = ["parse.key=true", "parse.headers=true", "null.marker=NULL"].flatMap((pair) => ["--property", pair]);
  const sent = await produce(cli, ["--topic", "t", ...reader], "h1:v1,h2:v2\tk\tv\nNULL\tNULL\tNULL\n");
  expect(sent).toEqual({ code: 0, stdout: "", stderr: "" });
  const printed = ["timestamp", "partition", "offset", "headers", "key"].flatMap((name) => [
    "--property",
    `print.${name}=true`,
  ]);
  const read = await consume(cli, "--topic", "t", "--from-beginning", "--max-messages", "2", ...printed);
  expect(read.stdout.replaceAll(/CreateTime:\d{13}/g, "CreateTime:T")).toBe(
    "CreateTime:T\tPartition:0\tOffset:0\th1:v1,h2:v2\tk\tv\nCreateTime:T\tPartition:0\tOffset:1\tNO_HEADERS\tnull\tnull\n",
  );
  expect(read).toMatchObject({ code: 0, stderr: "Processed a total of 2 messages\n" });
});

test("--partition with --offset, --timeout-ms, --include", async () => {
  await using cli = await cliHarness();
  await topics(cli, "--create", "--topic", "t1");
  await produce(cli, ["--topic", "t1", "--sync"], "a\nb\nc");
  const from = await consume(cli, "--topic", "t1", "--partition", "0", "--offset", "1", "--max-messages", "2");
  expect(from.stdout).toBe("b\nc\n");
  const idle = await consume(cli, "--topic", "t1", "--partition", "0", "--offset", "earliest", "--timeout-ms", "200");
  expect(idle).toEqual({ code: 0, stdout: "a\nb\nc\n", stderr: "Processed a total of 3 messages\n" });
  const included = await consume(cli, "--include", "t.*", "--from-beginning", "--max-messages", "3");
  expect(included.stdout).toBe("a\nb\nc\n");
});

test("a group commits what was printed, and no more", async () => {
  await using cli = await cliHarness();
  await topics(cli, "--create", "--topic", "t");
  await produce(
    cli,
    ["--topic", "t", "--compression-codec", "lz4", "--producer-property", "linger.ms=50"],
    "a\nb\nc\n",
  );
  const read = ["--topic", "t", "--group", "g", "--from-beginning", "--max-messages"];
  expect((await consume(cli, ...read, "2")).stdout).toBe("a\nb\n");
  expect((await consume(cli, ...read, "1")).stdout).toBe("c\n");
});

test("a line without its separator ends the producer, and says which line", async () => {
  await using cli = await cliHarness();
  await topics(cli, "--create", "--topic", "t");
  const sent = await produce(cli, ["--topic", "t", "--property", "parse.key=true"], "no tab\n");
  expect(sent).toMatchObject({ code: 1, stderr: "No key separator found on line number 1: 'no tab'\n" });
});

test("a config nobody knows is named, and does no harm", async () => {
  await using cli = await cliHarness();
  await topics(cli, "--create", "--topic", "t");
  const sent = await produce(cli, ["--topic", "t", "--producer-property", "send.buffer.bytes=1"], "a\n");
  expect(sent.code).toBe(0);
  expect(sent.stderr).toContain("send.buffer.bytes");
});
