import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Finished, runServerProcess, startServerProcess, temporaryFolder } from "./server-process.ts";

/** One sentence or two on standard error, no stack, no banner. */
function expectRefusal(run: Finished, message: RegExp, code = 1): void {
  expect(run).toMatchObject({ code, stdout: "" });
  expect(run.stderr).toMatch(message);
  expect(run.stderr.trimEnd().split("\n")).toHaveLength(1);
  expect(run.stderr).not.toMatch(/\bat .*:\d+:\d+/);
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly port: number }> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

test("a taken Kafka port: which one, and the flag to change", async () => {
  await using other = await listening(createServer());
  const run = await runServerProcess({ args: ["--store", "memory:"], kafkaPort: other.port });
  expectRefusal(run, new RegExp(`Port ${other.port} on 127\\.0\\.0\\.1 \\(Kafka\\) is used.*--kafka-port`));
});

test("a taken REST port", async () => {
  await using other = await listening(createServer());
  const run = await runServerProcess({ args: ["--store", "memory:"], httpPort: other.port });
  expectRefusal(run, new RegExp(`Port ${other.port} .*\\(REST\\).*--http-port`));
});

test("a second server on the same ports", async () => {
  await using server = await startServerProcess({ args: ["--store", "memory:"] });
  const { kafkaPort, httpPort } = server;
  expectRefusal(await runServerProcess({ args: ["--store", "memory:"], kafkaPort, httpPort }), /--kafka-port/);
});

test("a folder that cannot be one", async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "");
  expectRefusal(await runServerProcess({ args: ["--data", join(file, "data")] }), /did not start.*--data/);
});

test("a folder that must not be written", async () => {
  // Also root cannot make folders there.
  expectRefusal(await runServerProcess({ args: ["--data", "/sys/streambed"] }), /did not start.*--data/);
});

test("a folder with a cluster that can be read and not written", async () => {
  await using folder = await temporaryFolder();
  const args = ["--data", folder.path];
  await (await startServerProcess({ args })).stop();
  await rm(join(folder.path, ".streambed"), { recursive: true });
  // Stops root, too, which no permissions do.
  await writeFile(join(folder.path, ".streambed"), "");
  expectRefusal(await runServerProcess({ args }), /did not start.*--data/);
});

test("other machines are let in only when asked for in words", async () => {
  const args = ["--store", "memory:", "--host", "0.0.0.0"];
  expectRefusal(await runServerProcess({ args }), /0\.0\.0\.0.*--allow-anonymous/);
  await using server = await startServerProcess({
    args: [...args, "--allow-anonymous", "--advertised-host", "127.0.0.1"],
  });
  expect((await fetch(`http://127.0.0.1:${server.httpPort}/topics`)).status).toBe(200);
});

test("an address that is not of this machine", async () => {
  const args = ["--store", "memory:", "--host", "192.0.2.1", "--allow-anonymous"];
  expectRefusal(await runServerProcess({ args }), /192\.0\.2\.1 is not an address of this machine.*--host/);
});

test.each([
  [["--kafka-prot", "1"], /--kafka-prot.*--help/],
  [["--config", "num.partitions=-1"], /num\.partitions/],
  [["--store", "ftp://x"], /ftp/],
])("a slip in the command line (%j) ends with code 2", async (args, message) => {
  expectRefusal(await runServerProcess({ args }), message, 2);
});

/** Settings that lead the S3 client to a server of the test. */
function s3Environment(port: number): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_EC2_METADATA_DISABLED: "true",
  };
}

function s3Error(status: number, code: string): RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { "content-type": "application/xml" });
    response.end(
      request.method === "HEAD" ? undefined : `<Error><Code>${code}</Code><Message>${code}</Message></Error>`,
    );
  };
}

/** A bucket that stores everything and never looks at If-None-Match. */
function ignoringConditions(): RequestListener {
  const objects = new Map<string, Buffer>();
  return (request, response) => {
    const key = new URL(request.url ?? "/", "http://s3").pathname;
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "PUT") {
        objects.set(key, Buffer.concat(chunks));
        return response.writeHead(200, { etag: '"1"' }).end();
      }
      const found = objects.get(key);
      if (found === undefined) return s3Error(404, "NoSuchKey")(request, response);
      response.writeHead(200, { etag: '"1"', "content-length": found.length });
      return response.end(request.method === "HEAD" ? undefined : found);
    });
  };
}

test.each([
  ["a bucket that is not there", s3Error(404, "NoSuchBucket"), /bucket.*(create|correct)/i],
  ["wrong credentials", s3Error(403, "InvalidAccessKeyId"), /AWS_ACCESS_KEY_ID/],
  ["a bucket that ignores If-None-Match", ignoringConditions(), /If-None-Match|conditional|condition/],
])("%s", async (_, listener, message) => {
  await using s3 = await listening(createHttpServer(listener));
  expectRefusal(await runServerProcess({ args: ["--store", "s3://events"], env: s3Environment(s3.port) }), message);
});

test("a store nobody answers for", async () => {
  const gone = await listening(createServer());
  await gone[Symbol.asyncDispose]();
  const run = await runServerProcess({ args: ["--store", "s3://events"], env: s3Environment(gone.port) });
  expectRefusal(run, /AWS_ENDPOINT_URL/);
});
