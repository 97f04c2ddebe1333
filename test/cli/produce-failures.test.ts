import { expect, test } from "vitest";
import { cliHarness, runStreambed } from "./cli-harness.ts";
import { failingTransport } from "./failing-transport.ts";

test("produce names the error of what failed, and says what it means", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  const transport = failingTransport(cli.transport, { api: "Produce", how: () => "TOPIC_AUTHORIZATION_FAILED" });
  const failed = await runStreambed(["produce", "t", "a", "b"], { transport });
  expect(failed).toMatchObject({ code: 1, stdout: "" });
  expect(failed.stderr).toContain("Sent 0 records to t; 2 failed (2 TOPIC_AUTHORIZATION_FAILED).\n");
  expect(failed.stderr).toMatch(/Produce to t-0: TOPIC_AUTHORIZATION_FAILED; ask for access to the topic/);
});

test.each(["KAFKA_STORAGE_ERROR", "HANG"] as const)("a signal ends a produce that is answered with %s", async (how) => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  const stop = new AbortController();
  const { promise: tried, resolve: onTry } = Promise.withResolvers<void>();
  const transport = failingTransport(cli.transport, { api: "Produce", how: () => (onTry(), how) });
  const producing = runStreambed(["produce", "t", "a", "b"], { transport, stopped: stop.signal });
  await tried;
  const began = performance.now();
  stop.abort("SIGTERM");
  expect(await producing).toEqual({ code: 143, stdout: "", stderr: "Sent 0 records to t; 2 not acknowledged.\n" });
  expect(performance.now() - began).toBeLessThan(1_000);
});

test("records before a line that cannot be read are sent and counted", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  const transport = cli.transport;
  const input = (async function* chunks(): AsyncGenerator<Uint8Array, void> {
    yield Buffer.from('{"value":"a"}\n');
    await new Promise((resolve) => setImmediate(resolve));
    yield Buffer.from("nonsense\n");
  })();
  const failed = await runStreambed(["produce", "t", "--json"], { transport, input });
  expect(failed.code).toBe(1);
  expect(failed.stderr).toMatch(/^Sent 1 record to t \(partition@offset 0@0\)\.\n.*JSON/);
});
