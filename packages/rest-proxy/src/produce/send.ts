import type { ProducerRecord, RecordMetadata } from "@streambed/client";
import { hasCode } from "@streambed/kernel";
import { topicNotFound } from "../errors.ts";
import type { Proxy } from "../proxy.ts";
import { isUnknownTopic } from "../rest-error.ts";

/**
 * Sends records and waits for every acknowledgement.
 *
 * @throws RestError 404/40401 when the topic does not exist and the broker does not create it
 */
export async function send(
  proxy: Proxy,
  topic: string,
  records: readonly ProducerRecord[],
): Promise<readonly RecordMetadata[]> {
  try {
    const results = await proxy.producer.send(topic, records);
    if (results.some((result) => !result.ok && isUnknownTopic(result.error))) await checkTopic(proxy, topic);
    return results;
  } catch (thrown) {
    // A producer that knows no partitions of the topic gives up with a timeout. Say what is really wrong.
    if (hasCode(thrown, "TIMEOUT_EXCEPTION") || isUnknownTopic(thrown)) await checkTopic(proxy, topic);
    throw thrown;
  }
}

/** Asked only after a failure, so that the usual produce costs nothing more. */
async function checkTopic(proxy: Proxy, topic: string): Promise<void> {
  const [described] = await proxy.client.admin.describeTopics([topic]);
  if (described !== undefined && !described.ok && isUnknownTopic(described.error)) throw topicNotFound(topic);
}
