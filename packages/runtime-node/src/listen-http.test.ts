import { expect, onTestFinished, test } from "vitest";
import { listenHttp } from "./listen-http.ts";

test("a fetch handler is served on loopback, bodies stream both ways", async () => {
  const door = await listenHttp({
    host: "localhost",
    port: 0,
    portFlag: "--http-port",
    fetch: async (request) =>
      new Response(`${request.method} ${new URL(request.url).pathname} ${await request.text()}`),
  });
  onTestFinished(() => door.close());
  const response = await fetch(`http://127.0.0.1:${door.port}/topics/a`, { method: "POST", body: "{}" });
  expect(await response.text()).toBe("POST /topics/a {}");
});

test("a taken port is one sentence with the flag to change", async () => {
  const options = { host: "127.0.0.1", portFlag: "--http-port", fetch: () => new Response("") };
  const door = await listenHttp({ ...options, port: 0 });
  onTestFinished(() => door.close());
  await expect(listenHttp({ ...options, port: door.port })).rejects.toMatchObject({
    code: "PORT_TAKEN",
    message: expect.stringContaining("--http-port"),
  });
});
