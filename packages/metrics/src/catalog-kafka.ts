import { REQUEST_SECONDS } from "./buckets.ts";
import type { MetricSpec } from "./catalog.ts";

/** What clients do. */
export const KAFKA_METRICS: readonly MetricSpec[] = [
  {
    name: "streambed_kafka_requests_total",
    kind: "counter",
    labels: ["api"],
    help: "Kafka requests answered, by API.",
  },
  {
    name: "streambed_kafka_request_seconds",
    kind: "histogram",
    labels: ["api"],
    buckets: REQUEST_SECONDS,
    help: "Time from a whole request to its answer, by API; of Fetch and JoinGroup most is intended waiting.",
  },
  {
    name: "streambed_kafka_received_bytes_total",
    kind: "counter",
    labels: ["api"],
    help: "Bytes of requests, by API.",
  },
  { name: "streambed_kafka_sent_bytes_total", kind: "counter", labels: ["api"], help: "Bytes of answers, by API." },
  {
    name: "streambed_kafka_connections_total",
    kind: "counter",
    help: "Connections of Kafka clients accepted since the start.",
  },
  { name: "streambed_kafka_connections", kind: "gauge", help: "Connections of Kafka clients open now." },
  { name: "streambed_produced_records_total", kind: "counter", help: "Records made durable for producers." },
  {
    name: "streambed_produced_bytes_total",
    kind: "counter",
    help: "Bytes of record batches made durable for producers, as they sent them.",
  },
  {
    name: "streambed_fetched_records_total",
    kind: "counter",
    help: "Records in the batches given to consumers; a batch is given whole.",
  },
  { name: "streambed_fetched_bytes_total", kind: "counter", help: "Bytes of record batches given to consumers." },
  { name: "streambed_topics", kind: "gauge", help: "Topics, internal ones included." },
  { name: "streambed_partitions", kind: "gauge", help: "Partitions of all topics." },
  {
    name: "streambed_consumer_groups",
    kind: "gauge",
    labels: ["state"],
    help: "Consumer groups this broker coordinates, by Kafka's state.",
  },
  {
    name: "streambed_consumer_group_lag_records",
    kind: "gauge",
    labels: ["group", "topic"],
    help: "Records between the committed offsets and the ends of all partitions a group has committed for.",
  },
];
