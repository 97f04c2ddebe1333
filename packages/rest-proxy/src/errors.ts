import { RestError } from "./rest-error.ts";

// One function per refusal. The first sentence is Confluent's, the rest says what to do.

/** 404/40403 as Kafka words it, for reads of metadata. */
export function unknownTopic(topic: string): RestError {
  return new RestError(
    404,
    40403,
    `This server does not host this topic-partition. There is no topic '${topic}'; GET /topics lists them.`,
  );
}

/** 404/40401, for records sent to a topic that does not exist and is not created on its own. */
export function topicNotFound(topic: string): RestError {
  return new RestError(
    404,
    40401,
    `Topic not found. There is no topic '${topic}' and the broker does not create it on its own; ` +
      "create it with POST /v3/clusters/{cluster_id}/topics.",
  );
}

export function partitionNotFound(topic: string, partition: number | string): RestError {
  return new RestError(
    404,
    40402,
    `Partition not found. Topic '${topic}' has no partition ${partition}; GET /topics/${topic}/partitions lists them.`,
  );
}

export function consumerInstanceNotFound(group: string, instance: string): RestError {
  return new RestError(
    404,
    40403,
    `Consumer instance not found. Group '${group}' has no instance '${instance}' here; instances end after some ` +
      "minutes without a request. Create one with POST /consumers/{group} and use its base_uri.",
  );
}

export function consumerExists(group: string, instance: string): RestError {
  return new RestError(
    409,
    40902,
    "Consumer with specified consumer ID already exists in the specified consumer group. " +
      `Delete '${instance}' of group '${group}' first, or leave out name and id to get a free one.`,
  );
}

export function formatMismatch(format: string): RestError {
  return new RestError(
    406,
    40601,
    "The requested embedded data format does not match the deserializer for this consumer instance. " +
      `Send Accept: application/vnd.kafka.${format}.v2+json.`,
  );
}

export function illegalState(reason: string): RestError {
  return new RestError(409, 40903, `Illegal state: ${reason}`);
}

/** 422/42206: the body is there and well formed, but not what the route needs. */
export function invalidPayload(reason: string): RestError {
  return new RestError(422, 42206, `Payload error. ${reason}`);
}

export function schemasNotSupported(): RestError {
  return invalidPayload(
    "Schema Registry must be configured when using schemas. This proxy has none; send BINARY, JSON or STRING.",
  );
}

export function serializerMissing(): RestError {
  return new RestError(
    422,
    42207,
    "Error serializing message. Schema Registry not defined, no Schema Registry client available to serialize " +
      "message. Send the binary or json format.",
  );
}

export function invalidConsumerConfig(reason: string): RestError {
  return new RestError(422, 42204, `Invalid consumer configuration: ${reason}`);
}

export function consumerConfigConstraint(reason: string): RestError {
  return new RestError(422, 40001, `Invalid consumer configuration. It does not abide by the constraints: ${reason}`);
}

export function badRequest(reason: string): RestError {
  return new RestError(400, 400, reason);
}

/** 400 as Confluent prefixes it in v3. */
export function badRecord(reason: string): RestError {
  return new RestError(400, 400, `Bad Request: ${reason}`);
}

export function notFound(reason: string): RestError {
  return new RestError(404, 404, reason);
}

export function unsupportedMediaType(sent: string, wanted: string): RestError {
  return new RestError(415, 415, `HTTP 415 Unsupported Media Type. Content-Type is ${sent}; send ${wanted}.`);
}

export function notAcceptable(accept: string, offered: string): RestError {
  return new RestError(406, 406, `HTTP 406 Not Acceptable. Accept is ${accept}; this route answers ${offered}.`);
}

export function tooLarge(what: string, bytesMax: number): RestError {
  return new RestError(413, 413, `${what} is larger than the limit of ${bytesMax} bytes; send it in smaller parts.`);
}
