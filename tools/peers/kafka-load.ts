import { installLoad } from "./cargo.ts";

/** Compiles the program that drives a Kafka server through librdkafka; the head of its main.rs has its arguments. */
export function installKafkaLoad(): Promise<string> {
  return installLoad("kafka-load");
}
