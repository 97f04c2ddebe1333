import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

/** SaslHandshake on a listener without authentication: refused the way Kafka refuses it. */
export const saslHandshakeHandler: AnyHandler = handler({
  name: "SaslHandshake",
  handle: () => ({ errorCode: code("ILLEGAL_SASL_STATE"), mechanisms: [] }),
});
