export type { Address, Connection, Transport } from "./ports/transport.ts";
