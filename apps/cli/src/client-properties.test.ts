import { expect, test } from "vitest";
import { clientSettings } from "./client-properties.ts";

test("Kafka's names reach the right part of the client", () => {
  const settings = clientSettings({
    "client.id": "me",
    "request.timeout.ms": "5000",
    acks: "all",
    "compression.type": "zstd",
    "linger.ms": "0",
    "enable.auto.commit": "FALSE",
    "partition.assignment.strategy": "org.apache.kafka.clients.consumer.RoundRobinAssignor",
    "bootstrap.servers": "ignored:1",
    "security.protocol": "PLAINTEXT",
    "send.buffer.bytes": "1",
  });
  expect(settings).toEqual({
    client: { clientId: "me", requestTimeoutMs: 5000 },
    producer: { acks: "all", compressionType: "zstd", lingerMs: 0 },
    consumer: { enableAutoCommit: false, partitionAssignmentStrategy: ["roundrobin"] },
    unknown: ["send.buffer.bytes"],
  });
});

test.each([
  [{ "linger.ms": "soon" }, /linger\.ms must be a whole number/],
  [{ "enable.auto.commit": "yes" }, /true or false/],
  [{ acks: "2" }, /acks must be/],
  [{ "security.protocol": "SASL_SSL" }, /SASL_SSL is not supported/],
  [{ "partition.assignment.strategy": "com.example.Mine" }, /range and roundrobin/],
])("%j is refused", (properties, message) => {
  expect(() => clientSettings(properties)).toThrow(message);
});
