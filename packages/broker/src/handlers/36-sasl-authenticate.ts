import { code } from "../kafka-error.ts";
import type { AnyHandler } from "./handler.ts";
import { handler } from "./handler.ts";

/** SaslAuthenticate on a listener without authentication: refused the way Kafka refuses it. */
export const saslAuthenticateHandler: AnyHandler = handler({
  name: "SaslAuthenticate",
  handle: () => ({
    errorCode: code("ILLEGAL_SASL_STATE"),
    errorMessage: "SaslAuthenticate request received after successful authentication",
    authBytes: new Uint8Array(0),
  }),
});
