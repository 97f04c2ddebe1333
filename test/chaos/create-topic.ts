import { createClient } from "@streambed/client";
import { systemClock, systemRandom } from "@streambed/kernel";
import { tcpTransport } from "@streambed/runtime-node";

/** Creates a topic through one broker, whoever is the controller. */
export async function createTopic(host: string, port: number, name: string, partitions: number): Promise<void> {
  await using client = createClient({
    transport: tcpTransport(),
    bootstrap: [{ host, port }],
    clock: systemClock(),
    random: systemRandom(),
  });
  const [created] = await client.admin.createTopics([{ name, numPartitions: partitions }]);
  if (created?.ok !== true) throw new Error(`topic ${name} was not created: ${JSON.stringify(created)}`);
}
