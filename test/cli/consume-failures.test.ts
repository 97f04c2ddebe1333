import { expect, test } from "vitest";
import { cliHarness, runStreambed } from "./cli-harness.ts";
import { failingTransport } from "./failing-transport.ts";

const READ = ["consume", "t", "-p", "0", "-o", "0", "--timeout", "1500"];

test("consume says once why a partition cannot be read, and does not take it for empty", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  let attempts = 0;
  const how = (): "KAFKA_STORAGE_ERROR" => (attempts++, "KAFKA_STORAGE_ERROR");
  const transport = failingTransport(cli.transport, { api: "Fetch", how });
  const failed = await runStreambed(READ, { transport });
  expect(attempts).toBeGreaterThan(1);
  expect(failed).toEqual({
    code: 1,
    stdout: "",
    stderr:
      "Cannot read t-0 at present (KAFKA_STORAGE_ERROR); trying again.\n" +
      "Nothing came within 1500 ms. Fetch from t-0 at offset 0: KAFKA_STORAGE_ERROR; retry later\n",
  });
});

test("consume goes on when a partition can be read again", async () => {
  await using cli = await cliHarness();
  await cli.streambed(["topics", "create", "t"]);
  await cli.streambed(["produce", "t", "a"]);
  let broken = true;
  setTimeout(() => (broken = false), 2_000);
  const how = (): "KAFKA_STORAGE_ERROR" | null => (broken ? "KAFKA_STORAGE_ERROR" : null);
  const transport = failingTransport(cli.transport, { api: "Fetch", how });
  const read = await runStreambed([...READ.slice(0, -1), "5000", "--max-messages", "1"], { transport });
  expect(read).toEqual({
    code: 0,
    stdout: "a\n",
    stderr: "Cannot read t-0 at present (KAFKA_STORAGE_ERROR); trying again.\n",
  });
});
