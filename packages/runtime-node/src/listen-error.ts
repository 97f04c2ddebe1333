import { messageOf, StreambedError } from "@streambed/kernel";

/** What to say when a door cannot be opened. */
export interface DoorName {
  /** For messages: `Kafka`, `REST`. */
  readonly door: string;
  readonly host: string;
  readonly port: number;
  /** What the operator changes to use another port, e.g. `--kafka-port`. */
  readonly portFlag: string;
}

/** One sentence with the remedy for a failed `listen`. Codes `PORT_TAKEN`, `PORT_FORBIDDEN`, `ADDRESS_NOT_FOUND`, `LISTEN_FAILED`. */
export function listenError(thrown: unknown, name: DoorName): StreambedError {
  const { door, host, port, portFlag } = name;
  switch (systemCode(thrown)) {
    case "EADDRINUSE":
      return new StreambedError({
        kind: "conflict",
        code: "PORT_TAKEN",
        message: `Port ${port} on ${host} (${door}) is used by another program: stop that program or choose another port with ${portFlag}.`,
        cause: thrown,
      });
    case "EACCES":
      return new StreambedError({
        kind: "denied",
        code: "PORT_FORBIDDEN",
        message: `This user may not listen on port ${port} (${door}): choose a port above 1023 with ${portFlag}.`,
        cause: thrown,
      });
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return new StreambedError({
        kind: "invalid",
        code: "ADDRESS_NOT_FOUND",
        message: `${host} is not an address of this machine: change --host, e.g. to 127.0.0.1.`,
        cause: thrown,
      });
    default:
      return new StreambedError({
        kind: "internal",
        code: "LISTEN_FAILED",
        message: `Cannot listen on ${host}:${port} (${door}): ${messageOf(thrown)}`,
        cause: thrown,
      });
  }
}

/** Code of an operating system error, e.g. `EADDRINUSE`; empty for anything else. */
export function systemCode(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return "";
  return typeof thrown.code === "string" ? thrown.code : "";
}
