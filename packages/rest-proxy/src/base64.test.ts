import { seededRandom } from "@streambed/kernel";
import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";

test("every length from 0 to 300 comes back and equals the platform's base64", () => {
  const random = seededRandom(7);
  for (let length = 0; length <= 300; length++) {
    const bytes = random.bytes(length);
    const text = encodeBase64(bytes);
    expect(text).toBe(btoa(String.fromCharCode(...bytes)));
    expect(decodeBase64(text)).toEqual(bytes);
    expect(decodeBase64(text.replaceAll("=", ""))).toEqual(bytes);
  }
});

test.each(["A", "AAAAA", "A===", "====", "=", "AA=A", "A A=", "AA\n=", "A-_=", "äAAA", "QQ==QQ=="])(
  "%j is not base64",
  (text) => {
    expect(decodeBase64(text)).toBeNull();
  },
);
