// Shows that the S3 server deserves trust before a store test builds on it:
//   node tools/peers/s3-check.ts [rounds] [writers]
// Each round lets many writers create the same key at once; exactly one may win, and the key must hold its bytes.
import { createHash, createHmac } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startS3, type S3Server } from "./s3.ts";

type Headers = Readonly<Record<string, string>>;

interface SignedRequest {
  readonly method: "GET" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: string;
  readonly headers?: Headers;
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

/** AWS Signature Version 4, header form, for requests without a query. */
function signed(server: S3Server, request: SignedRequest): Headers {
  const time = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const scope = `${time.slice(0, 8)}/${server.region}/s3/aws4_request`;
  const headers: Record<string, string> = {
    ...request.headers,
    host: new URL(server.endpoint).host,
    "x-amz-content-sha256": sha256(request.body ?? ""),
    "x-amz-date": time,
  };
  const names = Object.keys(headers).toSorted();
  const lines = names.map((name) => `${name}:${headers[name]}\n`).join("");
  const canonical = [request.method, request.path, "", lines, names.join(";"), headers["x-amz-content-sha256"]];
  const toSign = ["AWS4-HMAC-SHA256", time, scope, sha256(canonical.join("\n"))].join("\n");
  const key = scope.split("/").reduce<string | Buffer>(hmac, `AWS4${server.secretKey}`);
  const signature = hmac(key, toSign).toString("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${server.accessKey}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return headers;
}

async function send(server: S3Server, request: SignedRequest): Promise<{ status: number; body: string }> {
  const response = await fetch(server.endpoint + request.path, {
    method: request.method,
    headers: signed(server, request),
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  return { status: response.status, body: await response.text() };
}

async function race(server: S3Server, key: string, writers: number): Promise<string | undefined> {
  const create = (body: string) => send(server, { method: "PUT", path: key, body, headers: { "if-none-match": "*" } });
  const bodies = Array.from({ length: writers }, (_, writer) => `writer ${writer} `.repeat(2000));
  const answers = await Promise.all(bodies.map(create));
  const winners = answers.flatMap((answer, writer) => (answer.status === 200 ? [writer] : []));
  const others = answers.map((answer) => answer.status).filter((status) => status !== 200);
  const stored = await send(server, { method: "GET", path: key });
  if (winners.length !== 1) return `${winners.length} winners for ${key}`;
  if (others.some((status) => status !== 412 && status !== 409)) return `losers saw ${[...new Set(others)].join()}`;
  if (stored.body !== bodies[winners[0] ?? -1]) return `${key} does not hold its winner's bytes`;
  const late = await create("late");
  return late.status === 412 ? undefined : `a later create of ${key} answered ${late.status}`;
}

const [rounds = 50, writers = 20] = process.argv.slice(2).map(Number);
const dir = await mkdtemp(join(tmpdir(), "streambed-s3-"));
const server = await startS3({ dir });
try {
  await server.createBucket("check");
  const problems: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const problem = await race(server, `/check/log/0/${round}`, writers);
    if (problem !== undefined) problems.push(problem);
  }
  const absent = await send(server, { method: "GET", path: "/check/log/0/absent" });
  if (absent.status !== 404) problems.push(`a missing key answered ${absent.status}`);
  for (const problem of problems) console.log(`failed: ${problem}`);
  console.log(`${rounds} rounds of ${writers} writers: ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await server.stop();
  await rm(dir, { recursive: true, force: true });
}
