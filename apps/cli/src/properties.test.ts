import { expect, test } from "vitest";
import { parseProperties, parsePropertiesText } from "./properties.ts";

test("a properties file as Java reads it", () => {
  const text = [
    "# comment",
    "! comment",
    "a=1",
    " b : two words ",
    "c 3",
    "d=",
    "e=x\\",
    "   y",
    "f=\\u0041\\t",
    "g\\=h=i",
  ];
  expect(parsePropertiesText(text.join("\n"))).toEqual({
    a: "1",
    b: "two words ",
    c: "3",
    d: "",
    e: "xy",
    f: "A\t",
    "g=h": "i",
  });
});

test("values keep their equal signs and spaces", () => {
  expect(parseProperties(["key.separator==", "x= a "], "--property")).toEqual({ "key.separator": "=", x: " a " });
});

test("a pair without a name is refused, with the flag it was given to", () => {
  expect(() => parseProperties(["novalue"], "--property")).toThrow('--property takes name=value, but got "novalue".');
});
