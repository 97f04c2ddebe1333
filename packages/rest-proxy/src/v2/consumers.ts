import { type EmbeddedFormat, type V2CreateConsumer, v2CreateConsumer, validFetchMinBytes } from "@streambed/contracts";
import type { Context, Hono } from "hono";
import type { ConsumerInstance, InstanceConfig } from "../consumer-instances/port.ts";
import {
  consumerConfigConstraint,
  consumerExists,
  consumerInstanceNotFound,
  invalidConsumerConfig,
} from "../errors.ts";
import { shape } from "../http/body.ts";
import { url } from "../links.ts";
import { noContent, type Proxy, segment, v2Body, v2Json } from "../proxy.ts";
import { RestError } from "../rest-error.ts";

/** Path of one instance; its routes hang below. */
export const INSTANCE_PATH = "/consumers/:group/instances/:instance";

/** `POST /consumers/{group}` and `DELETE /consumers/{group}/instances/{instance}`. */
export function consumerRoutes(app: Hono, proxy: Proxy): void {
  app.post("/consumers/:group", async (c) => {
    const group = segment(c, "group");
    const body = shape(v2CreateConsumer, (await v2Body(c, proxy)) ?? {}, { missing: 422 });
    const config = toConfig(proxy, group, body);
    const created = await proxy.instances.create(config);
    if (!created.ok) throw created.reason === "exists" ? consumerExists(group, config.name ?? "") : full(proxy);
    const { name } = created;
    return v2Json(c, { instance_id: name, base_uri: url(c, proxy, "consumers", group, "instances", name) });
  });

  app.delete(INSTANCE_PATH, async (c) => {
    const [group, name] = [segment(c, "group"), segment(c, "instance")];
    if (!(await proxy.instances.remove(group, name))) throw consumerInstanceNotFound(group, name);
    return noContent();
  });
}

/** The instance a path names. @throws RestError 404/40403 */
export async function instanceOf(c: Context, proxy: Proxy): Promise<ConsumerInstance> {
  const [group, name] = [segment(c, "group"), segment(c, "instance")];
  const instance = await proxy.instances.find(group, name);
  if (instance === null) throw consumerInstanceNotFound(group, name);
  return instance;
}

function full(proxy: Proxy): RestError {
  const max = proxy.settings.consumerInstancesMax;
  return new RestError(429, 429, `This proxy holds ${max} consumer instances already; delete some or wait.`);
}

function toConfig(proxy: Proxy, group: string, body: V2CreateConsumer): InstanceConfig {
  const fetchMinBytes = body["fetch.min.bytes"] ?? body.responseMinBytes ?? proxy.settings.fetchMinBytes;
  if (!validFetchMinBytes(fetchMinBytes)) {
    throw consumerConfigConstraint(
      `Invalid value ${fetchMinBytes} for configuration fetch.min.bytes: Value must be at least -1 and at most 10000000`,
    );
  }
  const requestTimeoutMs = body["consumer.request.timeout.ms"] ?? body.requestWaitMs;
  if (requestTimeoutMs !== null && requestTimeoutMs !== undefined && requestTimeoutMs < 0) {
    throw invalidConsumerConfig(`consumer.request.timeout.ms is ${requestTimeoutMs}; it must not be negative.`);
  }
  return {
    group,
    name: body.id ?? body.name ?? null,
    format: toFormat(body.format ?? "binary"),
    autoOffsetReset: toReset(body["auto.offset.reset"] ?? "latest"),
    autoCommit: body["auto.commit.enable"] ?? true,
    fetchMinBytes,
    requestTimeoutMs: requestTimeoutMs ?? proxy.settings.consumerRequestTimeoutMs,
  };
}

function toFormat(text: string): "binary" | "json" {
  const format = text.toLowerCase() as EmbeddedFormat;
  if (format === "binary" || format === "json") return format;
  if (format === "avro" || format === "jsonschema" || format === "protobuf") {
    throw invalidConsumerConfig(
      `format ${format} needs a Schema Registry and this proxy has none. Use binary or json.`,
    );
  }
  throw new RestError(422, 422, "Invalid format type. Use binary or json.");
}

function toReset(text: string): "earliest" | "latest" | "none" {
  if (text === "earliest" || text === "latest" || text === "none") return text;
  throw invalidConsumerConfig(
    `Invalid value ${text.slice(0, 40)} for configuration auto.offset.reset: use earliest, latest or none.`,
  );
}
