import { expect, test } from "vitest";
import { gatewayCount, gatewayName } from "./routing.ts";

test("all paths of a consumer group lead to one gateway", () => {
  const names = [
    "/consumers/readers",
    "/consumers/readers/instances/a/records",
    "/consumers/readers/instances/b/offsets",
  ];
  expect(new Set(names.map((path) => gatewayName(path, 16))).size).toBe(1);
});

test("groups and topics are spread over the gateways", () => {
  const paths = Array.from({ length: 200 }, (_, at) =>
    at % 2 === 0 ? `/consumers/group-${at}` : `/topics/topic-${at}`,
  );
  expect(new Set(paths.map((path) => gatewayName(path, 4)))).toEqual(
    new Set(["gateway-0", "gateway-1", "gateway-2", "gateway-3"]),
  );
});

test("the number of gateways is 1 unless it is set, and nonsense is refused", () => {
  expect([gatewayCount(undefined), gatewayCount("8")]).toEqual([1, 8]);
  for (const setting of ["0", "65", "two", "1.5"]) expect(() => gatewayCount(setting)).toThrow(/STREAMBED_GATEWAYS/);
});
