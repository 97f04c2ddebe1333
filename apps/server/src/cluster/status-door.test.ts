import { expect, test } from "vitest";
import { statusDoor } from "./status-door.ts";

const door = statusDoor("incarnation-1", () => undefined);
const at = (path: string, method = "GET"): Request => new Request(`http://localhost${path}`, { method });

test("other paths are not its business", () => {
  expect(door(at("/topics"))).toBeUndefined();
  expect(door(at("/cluster/v1/other"))).toBeUndefined();
});

test("before the process has joined, it says that it starts, and which process it is", async () => {
  const answer = await door(at("/cluster/v1/status"));
  expect(answer?.status).toBe(503);
  expect(await answer?.json()).toMatchObject({ incarnation: "incarnation-1" });
});

test.each(["waitMs=-1", "waitMs=much", "waitMs=1e9", "from=-3", `after=${"x".repeat(2_000)}`])(
  "%s is refused",
  async (query) => {
    expect((await door(at(`/cluster/v1/status?${query}`)))?.status).toBe(400);
  },
);

test("nothing can be changed here", async () => {
  expect((await door(at("/cluster/v1/status", "POST")))?.status).toBe(405);
});
