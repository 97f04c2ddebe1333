import * as z from "zod";
import { restSettings } from "./rest-settings.ts";

const port = z.int().min(0).max(65_535);
const host = z.string().min(1);

/** Settings of the server as one file or object. `serverSettings.parse({})` gives the defaults. */
export const serverSettings = z.object({
  /** Where Kafka clients connect. Port 0 takes a free one. */
  kafka: z.object({ host: host.default("localhost"), port: port.default(9092) }).prefault({}),
  /** Where HTTP clients connect. */
  http: z.object({ host: host.default("localhost"), port: port.default(8082) }).prefault({}),
  /** A folder, `memory:`, or `s3://bucket/prefix`. */
  store: z.string().min(1).default("./data"),
  rest: restSettings.prefault({}),
});
export type ServerSettings = z.infer<typeof serverSettings>;
