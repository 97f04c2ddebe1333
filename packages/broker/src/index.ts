export type { ByteDuplex } from "./ports/byte-duplex.ts";
