import { concatBytes, fromUtf8, ZERO_UUID } from "@streambed/kernel";
import { decodeBatchHeader, defaultCodecs, iterateRecords, splitBatches } from "@streambed/protocol";
import type { Scene } from "./conformance-case.ts";

/** Values that two clusters may rightly answer differently, by field. */
const MASKED: ReadonlySet<string> = new Set([
  "throttleTimeMs",
  "host",
  "port",
  "rack",
  "clusterId",
  "errorMessage",
  "batchIndexErrorMessage",
  "finalizedFeaturesEpoch",
]);
/** The same, but "there is none" (negative) must be the same on both sides. */
const MASKED_WHEN_PRESENT: ReadonlySet<string> = new Set([
  "producerId",
  "leaderEpoch",
  "committedLeaderEpoch",
  "logAppendTimeMs",
  "controllerId",
]);
/** What tells the elements of an array apart; their order means nothing where one of these is there. */
const KEYS = [
  "apiKey",
  "partitionIndex",
  "partition",
  "index",
  "resourceName",
  "memberId",
  "groupId",
  "key",
  "topic",
  "name",
  "topicId",
  "brokerId",
  "nodeId",
] as const;

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const CONSTANT_UUID = /^00000000-0000-/;

/** An answer with everything masked that may differ, and lists turned into maps by what names their elements. */
export function normalize(value: unknown, scene: Pick<Scene, "topicId"> & { readonly run: string }): unknown {
  const walk = (each: unknown, field: string): unknown => {
    if (field === "records" && isChunks(each)) return describeRecords(each);
    if (each instanceof Uint8Array) return `bytes ${Buffer.from(each).toString("hex")}`;
    if (Array.isArray(each)) return keyed(each.map((element) => walk(element, "")));
    if (typeof each === "object" && each !== null)
      return Object.fromEntries(Object.entries(each).map(([name, inner]) => [name, mask(name, walk(inner, name))]));
    if (typeof each === "bigint") return Number(each);
    return typeof each === "string" ? maskText(each) : each;
  };
  const maskText = (text: string): string =>
    text
      .replaceAll(scene.run, "RUN")
      .replaceAll(UUID, (id) =>
        id === scene.topicId && id !== ZERO_UUID ? "<topic id>" : CONSTANT_UUID.test(id) ? id : "<id>",
      );
  return walk(value, "");
}

function mask(field: string, value: unknown): unknown {
  if (MASKED.has(field)) return "·";
  return MASKED_WHEN_PRESENT.has(field) && typeof value === "number" && value >= 0 ? "·" : value;
}

function keyed(elements: readonly unknown[]): unknown {
  const first = elements[0];
  if (typeof first !== "object" || first === null) return elements;
  const key = KEYS.find((name) => elements.every((each) => isNamed(each, name)));
  if (key === undefined) return elements;
  const found: Record<string, unknown> = {};
  for (const element of elements) {
    let name = String((element as Record<string, unknown>)[key]);
    while (name in found) name += "'";
    found[name] = element;
  }
  return found;
}

function isNamed(each: unknown, name: string): boolean {
  if (typeof each !== "object" || each === null || !(name in each)) return false;
  const value = (each as Record<string, unknown>)[name];
  return value !== null && value !== "" && value !== "00000000-0000-0000-0000-000000000000";
}

function isChunks(value: unknown): value is readonly Uint8Array[] {
  return Array.isArray(value) && value.every((each) => each instanceof Uint8Array);
}

/** A line for each batch and record, as a reader would see them. */
function describeRecords(chunks: readonly Uint8Array[]): readonly string[] {
  const { batches } = splitBatches(concatBytes(chunks));
  return batches.flatMap((batch) => {
    const header = decodeBatchHeader(batch);
    const kind = header.isLogAppendTime ? "append time" : `max ${header.maxTimestamp}`;
    const first = `batch at ${header.baseOffset} of ${header.recordCount}, compression ${header.compression}, ${kind}`;
    const records = [...iterateRecords(batch, header, { codecs: defaultCodecs })].map((record) => {
      const value = record.value === null ? "null" : fromUtf8(record.value).slice(0, 20);
      return `${record.offset}=${value}${header.isLogAppendTime ? "" : ` @${record.timestamp}`}`;
    });
    return [first, ...records];
  });
}
