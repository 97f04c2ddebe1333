import { expect, test } from "vitest";
import { checkedAction, type TopicsOptions } from "./options.ts";
import { topicFilter } from "./topic-filter.ts";

const BASE: TopicsOptions = { bootstrapServer: "localhost:9092", topic: "t" };

test.each<[TopicsOptions, string]>([
  [{ ...BASE, create: true, partitions: 2, replicationFactor: 1, ifNotExists: true, config: ["a=b"] }, "create"],
  [{ bootstrapServer: "a:1", list: true, excludeInternal: true }, "list"],
  [{ ...BASE, describe: true, ifExists: true, topicsWithOverrides: true }, "describe"],
  [{ ...BASE, alter: true, partitions: 3 }, "alter"],
  [{ ...BASE, delete: true }, "delete"],
])("%j is allowed", (options, action) => {
  expect(checkedAction(options)).toBe(action);
});

test.each<[TopicsOptions, string | RegExp]>([
  [BASE, /exactly one action/],
  [{ ...BASE, list: true, create: true }, /exactly one action/],
  [{ list: true }, "--bootstrap-server must be specified"],
  [{ bootstrapServer: "a:1", create: true }, 'Missing required argument "[topic]"'],
  [{ ...BASE, alter: true }, 'Missing required argument "[partitions]"'],
  [{ ...BASE, list: true, partitions: 1 }, 'Option "[partitions]" can\'t be used with option "[list]"'],
  [{ ...BASE, alter: true, partitions: 1, replicationFactor: 1 }, /\[replication-factor\].*\[alter\]/],
  [{ ...BASE, delete: true, ifNotExists: true }, /\[if-not-exists\].*\[delete\]/],
  [{ ...BASE, create: true, replicaAssignment: "1", partitions: 1 }, /\[replica-assignment\].*\[partitions\]/],
])("%j is refused in Kafka's words", (options, message) => {
  expect(() => checkedAction(options)).toThrow(message);
});

test("a topic expression matches whole names; commas are alternatives", () => {
  const names = ["orders", "orders-dlq", "users", "my.topic"];
  expect(names.filter(topicFilter("orders"))).toEqual(["orders"]);
  expect(names.filter(topicFilter("orders, users"))).toEqual(["orders", "users"]);
  expect(names.filter(topicFilter("orders.*"))).toEqual(["orders", "orders-dlq"]);
  expect(names.filter(topicFilter(undefined))).toEqual(names);
  expect(() => topicFilter("(")).toThrow("is an invalid regex");
});
