import { randomUuid } from "@streambed/kernel";
import type { Random } from "@streambed/kernel";
import { baseOffsetOf, lastOffsetOf } from "../batch-layout.ts";
import type { CommandOutcome } from "../command.ts";
import type { InstallCommand } from "../install-command.ts";
import { packKey } from "../keys.ts";
import { PackWriter } from "../pack-writer.ts";
import type { Partition } from "../partition.ts";
import type { ShardLog } from "../shard-log.ts";

/** A stretch of a partition that is to be packed. */
export interface PackRequest {
  readonly partition: Partition;
  readonly baseOffset: number;
  readonly endOffset: number;
  /** Topic compaction: leaves batches out. */
  readonly keeps?: (batch: Uint8Array) => boolean;
}

/** All batches of a partition in a range of offsets. */
export async function batchesIn(
  log: ShardLog,
  { partition, baseOffset, endOffset }: PackRequest,
): Promise<Uint8Array[]> {
  const batches: Uint8Array[] = [];
  for (let offset = Math.max(baseOffset, partition.logStartOffset); offset < endOffset;) {
    const found = await log.read(partition, offset, 300_000);
    const last = found.at(-1);
    if (last === undefined) break;
    batches.push(...found.filter((batch) => baseOffsetOf(batch) < endOffset));
    offset = lastOffsetOf(last) + 1;
  }
  return batches;
}

/** Writes one pack of some stretches, given sorted, and the install that would put it in their place. */
export async function writePack(
  log: ShardLog,
  random: Random,
  requests: readonly PackRequest[],
): Promise<InstallCommand> {
  const writer = new PackWriter();
  const kept: boolean[] = [];
  for (const request of requests) {
    const { topicId, number } = request.partition;
    writer.beginPart({ topicId, partition: number, baseOffset: request.baseOffset, endOffset: request.endOffset });
    const batches = await batchesIn(log, request);
    for (const batch of batches) if (request.keeps?.(batch) ?? true) writer.add(batch);
    kept.push(writer.endPart());
  }
  const { body, bytes, footerPosition, parts } = writer.finish();
  const pack = { packId: randomUuid(random), level: 1, bytes, footerPosition, retentionClass: 0 };
  if (parts.length > 0) await log.internals.store.put(packKey(0, pack), body);
  const packed = parts.values();
  return {
    kind: "install",
    createdAtMs: log.internals.state.timestampMs,
    packs: parts.length > 0 ? [pack] : [],
    parts: requests.map(({ partition, baseOffset, endOffset, keeps }, index) => {
      const part = kept[index] ? packed.next().value : undefined;
      return {
        pack: part === undefined ? -1 : 0,
        topicId: partition.topicId,
        partition: partition.number,
        baseOffset,
        endOffset,
        expectedRevision: partition.revision,
        position: part?.position ?? 0,
        length: part?.length ?? 0,
        maxTimestampMs: part?.maxTimestampMs ?? 0,
        cleanedThrough: keeps === undefined ? -1 : endOffset,
      };
    }),
  };
}

/** Packs some stretches and installs the pack. */
export async function installPack(
  log: ShardLog,
  random: Random,
  requests: readonly PackRequest[],
): Promise<CommandOutcome> {
  return log.command(await writePack(log, random, requests));
}
