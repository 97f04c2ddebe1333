export { API_KEYS, apiByKey, apiByName, APIS } from "./apis.ts";
export type { ApiDescription, ApiName, ApiTypes } from "./apis.ts";
export {
  CONSUMER_PROTOCOL_TYPE,
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from "./consumer-protocol.ts";
export { rangeAssignor, roundRobinAssignor } from "./consumer-protocol/assignors.ts";
export type { Assignor, AssignorMember, GroupAssignment, TopicPartitions } from "./consumer-protocol/assignors.ts";
export { ERROR_CODES, errorName, isRetriable } from "./errors.ts";
export type { ErrorName } from "./errors.ts";
export * from "./generated/messages.ts";
export { FrameSplitter } from "./frame-splitter.ts";
export {
  isFlexible,
  readRequestHeader,
  readResponseHeader,
  requestHeaderVersion,
  responseHeaderVersion,
  writeRequestHeader,
  writeResponseHeader,
} from "./headers.ts";
export type { RequestHeaderFields, ResponseHeaderFields } from "./headers.ts";
export { defaultPartition } from "./partition.ts";
export { defaultCodecs } from "./codecs/default-codecs.ts";
export * from "./records/index.ts";
export { decodeRecordKey, decodeVersioned, encodeRecordKey, encodeVersioned, recordKeyType } from "./versioned.ts";
export type { Decode, Encode } from "./versioned.ts";
