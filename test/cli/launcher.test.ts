import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);

/** What npm links as a command. */
function command(name: string): string {
  return fileURLToPath(new URL(`../../apps/cli/bin/${name}.js`, import.meta.url));
}

test.each([
  ["streambed", /Usage: streambed/],
  ["kafka-topics", /--bootstrap-server <server>/],
  ["kafka-console-producer", /parse\.key/],
  ["kafka-console-consumer", /print\.timestamp/],
])("%s --help runs from a checkout without a build", async (name, text) => {
  const { stdout, stderr } = await run(process.execPath, [command(name), "--help"]);
  expect(stdout).toMatch(text);
  expect(stderr).toBe("");
});

test("streambed serve takes the server's own flags", async () => {
  const { stdout } = await run(process.execPath, [command("streambed"), "serve", "--help"]);
  expect(stdout).toContain("--kafka-port PORT");
  const slip = run(process.execPath, [command("streambed"), "serve", "--kafka-port", "none"]);
  await expect(slip).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("--kafka-port must be a port") });
});

test("a command without a broker ends with code 1 and what to do", async () => {
  const list = run(process.execPath, [command("streambed"), "topics", "list", "-b", "localhost:1"]);
  await expect(list).rejects.toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("streambed serve") });
});

test("the output may be closed early", async () => {
  const { stdout } = await run("sh", ["-c", `"$0" "$1" --help | head -1`, process.execPath, command("streambed")]);
  expect(stdout).toBe("Usage: streambed [options] [command]\n");
});
