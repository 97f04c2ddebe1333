import { silentLogger, systemClock } from "@streambed/kernel";
import { expect, it } from "vitest";
import { httpHandler } from "./handler.ts";

const EVENT = { version: "2.0", rawPath: "/", requestContext: { http: { method: "GET", path: "/" } }, headers: {} };

it("opens another service, once, when the one it has is out of date, and closes that one", async () => {
  let closed = 0;
  const apps: { isStale: boolean }[] = [];
  const open = () => {
    const app = {
      isStale: false,
      fetch: () => Promise.resolve(new Response(String(apps.indexOf(app)))),
      [Symbol.asyncDispose]: () => Promise.resolve(void closed++),
    };
    apps.push(app);
    return Promise.resolve(app);
  };
  const http = httpHandler({ open, clock: systemClock(), logger: silentLogger });
  const ask = async (): Promise<string> => (await http(EVENT, {})).text();
  expect(await ask()).toBe("0");
  expect(await ask()).toBe("0");
  for (const app of apps) app.isStale = true;
  expect(await Promise.all([ask(), ask()])).toEqual(["1", "1"]);
  expect([apps.length, closed]).toEqual([2, 1]);
});
