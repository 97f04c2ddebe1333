import { flags, runTool } from "../../tools/peers/java.ts";
import type { WriteRequest } from "./clients.ts";

/** Produces the numbers 0 to n-1 as text, without keys, with Kafka's producer performance tool. */
export async function write({ bootstrap, topic, codec, records, timeoutMs }: WriteRequest): Promise<void> {
  await runTool(
    {
      mainClass: "org.apache.kafka.tools.ProducerPerformance",
      args: [
        "--payload-monotonic",
        ...flags({
          "bootstrap-server": bootstrap,
          topic,
          "num-records": String(records),
          throughput: "-1",
          "command-property": [`compression.type=${codec}`, "linger.ms=20", "acks=all"],
        }),
      ],
    },
    { timeoutMs },
  );
}

export interface Totals {
  readonly records: number;
  readonly megabytes: number;
}

/** Counts what Kafka's consumer performance tool finds in all topics that match. */
export async function count(options: {
  readonly bootstrap: string;
  readonly topics: readonly string[];
  readonly records: number;
  readonly timeoutMs: number;
}): Promise<Totals> {
  const { stdout } = await runTool(
    {
      mainClass: "org.apache.kafka.tools.ConsumerPerformance",
      args: [
        "--hide-header",
        ...flags({
          "bootstrap-server": options.bootstrap,
          include: options.topics.join("|"),
          "num-records": String(options.records),
          timeout: "20000",
        }),
      ],
    },
    { timeoutMs: options.timeoutMs },
  );
  // start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, ...
  const line = stdout.toString("utf8").trim().split("\n").at(-1) ?? "";
  const fields = line.split(", ").map((field) => field.trim());
  return { records: Number(fields[4]), megabytes: Number(fields[2]) };
}
