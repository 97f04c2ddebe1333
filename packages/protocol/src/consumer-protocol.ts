import { ByteReader, ByteWriter, malformed } from "@streambed/kernel";
import {
  decodeConsumerProtocolAssignment,
  encodeConsumerProtocolAssignment,
  type ConsumerProtocolAssignment,
  type ConsumerProtocolAssignmentInput,
} from "./generated/data/consumer-protocol-assignment.ts";
import {
  decodeConsumerProtocolSubscription,
  encodeConsumerProtocolSubscription,
  type ConsumerProtocolSubscription,
  type ConsumerProtocolSubscriptionInput,
} from "./generated/data/consumer-protocol-subscription.ts";

/** Protocol type of consumers in the classic group protocol. */
export const CONSUMER_PROTOCOL_TYPE = "consumer";

/** Newest version of subscription and assignment. */
export const CONSUMER_PROTOCOL_VERSION_MAX = 3;

/** Newer versions only add fields at the end, so Kafka reads them like the newest known one. */
function readVersion(reader: ByteReader): number {
  const version = reader.int16();
  if (version < 0) throw malformed(`Consumer protocol version ${version}`);
  return Math.min(version, CONSUMER_PROTOCOL_VERSION_MAX);
}

/** Metadata of a member in JoinGroup: version, then what it subscribes to. */
export function encodeSubscription(
  subscription: ConsumerProtocolSubscriptionInput,
  version: number = CONSUMER_PROTOCOL_VERSION_MAX,
): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(version);
  encodeConsumerProtocolSubscription(writer, subscription, version);
  return writer.finish();
}

/** The reverse of {@link encodeSubscription}. Kind `corrupt`, code `MALFORMED_BYTES`. */
export function decodeSubscription(bytes: Uint8Array): ConsumerProtocolSubscription {
  const reader = new ByteReader(bytes);
  return decodeConsumerProtocolSubscription(reader, readVersion(reader));
}

/** Assignment of a member in SyncGroup: version, then its partitions. */
export function encodeAssignment(
  assignment: ConsumerProtocolAssignmentInput,
  version: number = CONSUMER_PROTOCOL_VERSION_MAX,
): Uint8Array {
  const writer = new ByteWriter();
  writer.int16(version);
  encodeConsumerProtocolAssignment(writer, assignment, version);
  return writer.finish();
}

/**
 * The reverse of {@link encodeAssignment}. No bytes at all mean no partitions: that is what members get whom the
 * leader left out.
 */
export function decodeAssignment(bytes: Uint8Array): ConsumerProtocolAssignment {
  if (bytes.length === 0) return { assignedPartitions: [], userData: null };
  const reader = new ByteReader(bytes);
  return decodeConsumerProtocolAssignment(reader, readVersion(reader));
}
