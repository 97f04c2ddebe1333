import { v2Partitions, v2Subscription } from "@streambed/contracts";
import type { Hono } from "hono";
import type { StateOutcome } from "../consumer-instances/port.ts";
import { illegalState } from "../errors.ts";
import { shape } from "../http/body.ts";
import { noContent, type Proxy, v2Body, v2Json } from "../proxy.ts";
import { RestError } from "../rest-error.ts";
import { INSTANCE_PATH, instanceOf } from "./consumers.ts";

/** What an instance reads: `…/subscription` and `…/assignments`. */
export function subscriptionRoutes(app: Hono, proxy: Proxy): void {
  app.post(`${INSTANCE_PATH}/subscription`, async (c) => {
    const instance = await instanceOf(c, proxy);
    const body = shape(v2Subscription, (await v2Body(c, proxy)) ?? {}, { missing: 422 });
    const { topics, topic_pattern: topicPattern } = body;
    if (topics && topicPattern) throw bothGiven();
    if (topics) orThrow(await instance.subscribe({ topics }));
    else if (topicPattern) orThrow(await instance.subscribe({ topicPattern }));
    else throw new RestError(422, 422, "Null input provided. Data is required. Send topics or topic_pattern.");
    return noContent();
  });

  app.get(`${INSTANCE_PATH}/subscription`, async (c) => {
    const instance = await instanceOf(c, proxy);
    return v2Json(c, { topics: await instance.subscription() });
  });

  app.delete(`${INSTANCE_PATH}/subscription`, async (c) => {
    const instance = await instanceOf(c, proxy);
    await instance.unsubscribe();
    return noContent();
  });

  app.post(`${INSTANCE_PATH}/assignments`, async (c) => {
    const instance = await instanceOf(c, proxy);
    const { partitions } = shape(v2Partitions, (await v2Body(c, proxy)) ?? {}, { missing: 422 });
    orThrow(await instance.assign(partitions));
    return noContent();
  });

  app.get(`${INSTANCE_PATH}/assignments`, async (c) => {
    const instance = await instanceOf(c, proxy);
    const partitions = await instance.assignment();
    return v2Json(c, { partitions: partitions.map(({ topic, partition }) => ({ topic, partition })) });
  });
}

/** @throws RestError 409/40903 */
export function orThrow(outcome: StateOutcome): void {
  if (!outcome.ok) throw illegalState(outcome.reason);
}

function bothGiven(): RestError {
  return new RestError(
    409,
    40901,
    "Consumer cannot subscribe to the specified target because it has already subscribed to other topics. " +
      "Send either topics or topic_pattern, not both.",
  );
}
