import { refuse } from "@streambed/runtime-cloudflare";
import { describe, expect, test } from "vitest";

const TOKEN = "correct horse";

function call(authorization?: string): Request {
  return new Request(
    "https://worker.example/topics",
    authorization === undefined ? {} : { headers: { authorization } },
  );
}

describe("a Worker that everybody can reach", () => {
  test("serves nobody until it is told who may use it", async () => {
    const answer = await refuse(call(`Bearer ${TOKEN}`), {});
    expect([answer?.status, await answer?.json()]).toMatchObject([503, { message: /STREAMBED_TOKEN/ }]);
  });

  test("serves everybody when it is told so in words", async () => {
    expect(await refuse(call(), { STREAMBED_ALLOW_ANONYMOUS: "yes" })).toBeNull();
    expect(await refuse(call(), { STREAMBED_ALLOW_ANONYMOUS: "true" })).not.toBeNull();
  });

  test.each([`Bearer ${TOKEN}`, `Basic ${btoa(`anybody:${TOKEN}`)}`])(
    "lets the token in as %s",
    async (authorization) => {
      expect(await refuse(call(authorization), { STREAMBED_TOKEN: TOKEN })).toBeNull();
    },
  );

  test.each([undefined, "", "Bearer", "Bearer wrong", `Basic ${btoa(TOKEN)}`, "Basic %%%", "Digest a=b"])(
    "answers 401 to %s",
    async (authorization) => {
      const answer = await refuse(call(authorization), { STREAMBED_TOKEN: TOKEN });
      expect([answer?.status, await answer?.json()]).toMatchObject([401, { error_code: 40_101 }]);
      expect(answer?.headers.get("www-authenticate")).toContain("Bearer");
    },
  );
});
