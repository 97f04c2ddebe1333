import type { ConsumerOptions, ProducerOptions } from "@streambed/client";
import { StreambedError } from "@streambed/kernel";
import type { ClientSettings } from "./context.ts";
import type { Properties } from "./properties.ts";

type Kind = "number" | "boolean" | "text" | "acks" | "assignors";

/** Settings of the client by Kafka's config names. The client's own names are the same in camel case. */
const CLIENT_CONFIGS: Readonly<Record<string, Kind>> = {
  "client.id": "text",
  "request.timeout.ms": "number",
  "default.api.timeout.ms": "number",
  "socket.connection.setup.timeout.ms": "number",
  "metadata.max.age.ms": "number",
  "retry.backoff.ms": "number",
  "retry.backoff.max.ms": "number",
  "reconnect.backoff.ms": "number",
  "reconnect.backoff.max.ms": "number",
  "connections.max.idle.ms": "number",
};

const PRODUCER_CONFIGS: Readonly<Record<string, Kind>> = {
  acks: "acks",
  "enable.idempotence": "boolean",
  "compression.type": "text",
  "linger.ms": "number",
  "batch.size": "number",
  "max.request.size": "number",
  "buffer.memory": "number",
  "max.block.ms": "number",
  "delivery.timeout.ms": "number",
  "max.in.flight.requests.per.connection": "number",
  retries: "number",
};

const CONSUMER_CONFIGS: Readonly<Record<string, Kind>> = {
  "group.id": "text",
  "group.instance.id": "text",
  "session.timeout.ms": "number",
  "heartbeat.interval.ms": "number",
  "max.poll.interval.ms": "number",
  "max.poll.records": "number",
  "partition.assignment.strategy": "assignors",
  "auto.offset.reset": "text",
  "enable.auto.commit": "boolean",
  "auto.commit.interval.ms": "number",
  "isolation.level": "text",
  "fetch.min.bytes": "number",
  "fetch.max.bytes": "number",
  "fetch.max.wait.ms": "number",
  "max.partition.fetch.bytes": "number",
  "check.crcs": "boolean",
  "allow.auto.create.topics": "boolean",
};

/** What a set of Kafka properties means to our client. */
export interface KnownSettings {
  readonly client: ClientSettings;
  readonly producer: ProducerOptions;
  readonly consumer: ConsumerOptions;
  /** Names that mean nothing here. Kafka's clients warn about those, too, and go on. */
  readonly unknown: readonly string[];
}

/**
 * Sorts Kafka properties into settings. Ranges are checked by the client.
 * @throws kind `invalid`, code `INVALID_CONFIG`, for a value of the wrong type or a security protocol that is not there
 */
export function clientSettings(properties: Properties): KnownSettings {
  const client: Record<string, unknown> = {};
  const producer: Record<string, unknown> = {};
  const consumer: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [name, text] of Object.entries(properties)) {
    const known = [
      [CLIENT_CONFIGS, client],
      [PRODUCER_CONFIGS, producer],
      [CONSUMER_CONFIGS, consumer],
    ] as const;
    const found = known.find(([configs]) => Object.hasOwn(configs, name));
    const kind = found?.[0][name];
    if (found !== undefined && kind !== undefined) found[1][camelCase(name)] = valueOf(name, text.trim(), kind);
    else if (name === "security.protocol") checkProtocol(text.trim());
    else if (name !== "bootstrap.servers") unknown.push(name);
  }
  return { client, producer, consumer, unknown };
}

function checkProtocol(protocol: string): void {
  if (protocol.toUpperCase() === "PLAINTEXT") return;
  throw invalid(`security.protocol=${protocol} is not supported by these tools yet; only PLAINTEXT is.`);
}

function valueOf(name: string, text: string, kind: Kind): unknown {
  switch (kind) {
    case "text":
      return text;
    case "number": {
      if (!/^-?\d+$/.test(text)) throw invalid(`${name} must be a whole number, but is "${text}".`);
      return Number(text);
    }
    case "boolean": {
      const word = text.toLowerCase();
      if (word !== "true" && word !== "false") throw invalid(`${name} must be true or false, but is "${text}".`);
      return word === "true";
    }
    case "acks": {
      if (!["all", "-1", "0", "1"].includes(text)) throw invalid(`acks must be all, -1, 0 or 1, but is "${text}".`);
      return text === "all" ? "all" : Number(text);
    }
    case "assignors":
      return text.split(",").map((item) => assignor(item.trim()));
  }
}

/** Java names classes, other clients use the short word. */
function assignor(text: string): string {
  const word = text.slice(text.lastIndexOf(".") + 1).toLowerCase();
  if (word.startsWith("range")) return "range";
  if (word.startsWith("roundrobin")) return "roundrobin";
  throw invalid(`partition.assignment.strategy takes range and roundrobin, not "${text}".`);
}

function camelCase(name: string): string {
  return name.replaceAll(/\.(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function invalid(message: string): StreambedError {
  return new StreambedError({ kind: "invalid", code: "INVALID_CONFIG", message });
}
