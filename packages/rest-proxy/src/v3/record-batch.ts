import { type V3RecordBatch, v3Record, v3RecordBatch } from "@streambed/contracts";
import type { Hono } from "hono";
import { shape } from "../http/body.ts";
import { deliverAll, type StreamTarget } from "../produce/record-stream.ts";
import { errorReport, type Outgoing, type Report, toOutgoing } from "../produce/v3-record.ts";
import { type Proxy, segment, v3Body, v3Json } from "../proxy.ts";
import { RestError } from "../rest-error.ts";

/** Ids of entries, as Confluent allows them. */
const ENTRY_ID = /^[\w-]{1,80}$/;

/** `POST …/records:batch`: several records, each with an id, answered together. */
export function recordBatchRoutes(app: Hono, proxy: Proxy): void {
  app.post("/v3/clusters/:cluster/topics/:topic/records:batch", async (c) => {
    const body = await v3Body(c, proxy);
    if (body === null) throw badBatch("Request body is empty. Data is required.");
    const { entries } = shape(v3RecordBatch, body, { missing: 400 });
    const ids = idsOf(entries, proxy.settings.produceBatchEntriesMax);
    const target = { clusterId: segment(c, "cluster"), topic: segment(c, "topic") };
    const reports = await deliverEntries(proxy, target, entries);
    const successes: object[] = [];
    const failures: object[] = [];
    for (const [at, report] of reports.entries()) {
      const { error_code: errorCode, ...rest } = report;
      if (errorCode === 200) successes.push({ id: ids[at], ...rest });
      else failures.push({ id: ids[at], ...report });
    }
    return v3Json(c, { successes, failures }, 207);
  });
}

/** @throws RestError 422/42208 */
function idsOf(entries: V3RecordBatch["entries"], max: number): readonly string[] {
  const ids = entries.map(({ id }) => {
    if (typeof id === "string" && ENTRY_ID.test(id)) return id;
    throw badBatch("Batch entry identifier is not a valid string. Use 1 to 80 letters, digits, '-' or '_'.");
  });
  if (new Set(ids).size < ids.length) throw badBatch("Batch entry IDs are not distinct.");
  if (ids.length === 0) throw badBatch("Empty batch. Send at least one entry.");
  if (ids.length > max) throw badBatch(`Too many entries in batch. Send at most ${max}, or use the records stream.`);
  return ids;
}

function badBatch(reason: string): RestError {
  return new RestError(422, 42208, reason);
}

/** Sends what can be sent; one report per entry. */
async function deliverEntries(
  proxy: Proxy,
  target: StreamTarget,
  entries: V3RecordBatch["entries"],
): Promise<readonly Report[]> {
  const reports: (Report | undefined)[] = [];
  const outgoing: Outgoing[] = [];
  for (const entry of entries) {
    try {
      outgoing.push(toOutgoing(shape(v3Record, entry, { missing: 400 }), target.topic));
      reports.push(undefined);
    } catch (thrown) {
      reports.push(errorReport(thrown));
    }
  }
  const delivered = (await deliverAll(proxy, target, outgoing)).values();
  return reports.map((report) => report ?? delivered.next().value ?? errorReport(new Error("No report")));
}
