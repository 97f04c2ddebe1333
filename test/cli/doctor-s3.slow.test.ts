import { expect, test } from "vitest";
import { startS3 } from "../../tools/peers/s3.ts";
import { temporaryFolder } from "../server/server-process.ts";
import { bufferTerminal, type Ran } from "./cli-harness.ts";
import { runProgram, streambedProgram, systemContext } from "@streambed/cli";

async function doctor(environment: Readonly<Record<string, string>>, store: string): Promise<Ran> {
  const { terminal, stdout, stderr } = bufferTerminal("");
  // The S3 client reads the process's own variables.
  const before = { ...process.env };
  Object.assign(process.env, environment);
  try {
    const context = systemContext({ ...terminal, environment });
    const code = await runProgram(streambedProgram(context), { args: ["doctor", "--store", store], terminal });
    return { code, stdout: stdout(), stderr: stderr() };
  } finally {
    process.env = before;
  }
}

test("a real S3 server is well; without bucket, key or server the reason is the first line", async () => {
  await using folder = await temporaryFolder();
  await using s3 = await startS3({ dir: folder.path });
  await s3.createBucket("events");
  const good = {
    AWS_ENDPOINT_URL: s3.endpoint,
    AWS_REGION: s3.region,
    AWS_ACCESS_KEY_ID: s3.accessKey,
    AWS_SECRET_ACCESS_KEY: s3.secretKey,
  };
  const well = await doctor(good, "s3://events/team-a");
  expect(well.code, well.stdout).toBe(0);
  expect(well.stdout).toMatch(/PUT of 8\.0 MiB: [\d.]+ MB\/s[^]*All is well\.\n$/);
  const missing = await doctor(good, "s3://nowhere");
  expect(missing.code).toBe(1);
  expect(missing.stdout).toMatch(
    /^s3:\/\/nowhere\n\n {2}fail {2}There is no bucket nowhere[^]*Not well: 1 check failed/,
  );
  const denied = await doctor({ ...good, AWS_SECRET_ACCESS_KEY: "wrong" }, "s3://events");
  expect(denied.stdout).toMatch(/fail {2}.*does not let these credentials use bucket events/);
  const unreachable = await doctor({ ...good, AWS_ENDPOINT_URL: "http://127.0.0.1:1" }, "s3://events");
  expect(unreachable.stdout).toMatch(/fail {2}.*cannot be used now \(ECONNREFUSED/);
});
