import { v2CommitOffsets, v2Partitions, v2Positions } from "@streambed/contracts";
import type { Context, Hono } from "hono";
import type { Seek } from "../consumer-instances/port.ts";
import { badRequest, partitionNotFound } from "../errors.ts";
import { parseBody, shape } from "../http/body.ts";
import { instantMs } from "../http/numbers.ts";
import { noContent, type Proxy, v2Body, v2Json } from "../proxy.ts";
import { utf8 } from "@streambed/kernel";
import { INSTANCE_PATH, instanceOf } from "./consumers.ts";
import { orThrow } from "./subscriptions.ts";

/** Where an instance reads: `…/positions` and `…/offsets`. */
export function positionRoutes(app: Hono, proxy: Proxy): void {
  app.post(`${INSTANCE_PATH}/positions`, async (c) => {
    const instance = await instanceOf(c, proxy);
    const body = shape(v2Positions, (await v2Body(c, proxy)) ?? {}, { missing: 422 });
    const offsets = body.offsets ?? [];
    const times = (body.timestamps ?? []).map(toSeek);
    orThrow(await instance.seek([...offsets, ...times]));
    return noContent();
  });

  for (const edge of ["beginning", "end"] as const) {
    app.post(`${INSTANCE_PATH}/positions/${edge}`, async (c) => {
      const instance = await instanceOf(c, proxy);
      const { partitions } = shape(v2Partitions, (await v2Body(c, proxy)) ?? {}, { missing: 422 });
      orThrow(await instance.seekToEdge(edge, partitions));
      return noContent();
    });
  }

  app.post(`${INSTANCE_PATH}/offsets`, async (c) => {
    const instance = await instanceOf(c, proxy);
    const body = await v2Body(c, proxy);
    // Confluent commits without a body behind the client's back; here the answer always means that it is done.
    await instance.commit(body === null ? null : toCommit(body));
    return v2Json(c, []);
  });

  app.get(`${INSTANCE_PATH}/offsets`, async (c) => {
    const instance = await instanceOf(c, proxy);
    const body = (await v2Body(c, proxy)) ?? partitionsQuery(c);
    if (body === null) throw partitionNotFound("(none)", "(none)");
    const { partitions } = shape(v2Partitions, body, { missing: 422 });
    const committed = await instance.committed(partitions);
    const offsets = committed.map(({ topic, partition, offset, metadata }) => ({
      topic,
      partition,
      offset,
      metadata: metadata ?? "",
    }));
    return v2Json(c, { offsets });
  });
}

type Committable = { topic: string; partition: number; offset: number; metadata?: string };

/** The body names the last record processed; Kafka stores the next one to read. */
function toCommit(body: unknown): Committable[] {
  const { offsets } = shape(v2CommitOffsets, body, { missing: 422 });
  return offsets.map(({ topic, partition, offset, metadata }) => ({
    topic,
    partition,
    offset: offset + 1,
    ...(typeof metadata === "string" ? { metadata } : {}),
  }));
}

function toSeek(place: { readonly topic: string; readonly partition: number; readonly timestamp: string }): Seek {
  const timestamp = instantMs(place.timestamp);
  if (timestamp !== null) return { topic: place.topic, partition: place.partition, timestamp };
  throw badRequest(`timestamp '${place.timestamp}' is not an ISO 8601 instant such as 2026-01-31T12:00:00Z.`);
}

/**
 * `?partitions={"partitions":[…]}`: the same JSON as the body. Many HTTP clients and all browsers refuse to send a
 * body with GET, which is how Confluent wants it.
 */
function partitionsQuery(c: Context): unknown {
  const text = c.req.query("partitions");
  if (text === undefined) return null;
  return parseBody(utf8(text.trimStart().startsWith("[") ? `{"partitions":${text}}` : text));
}
