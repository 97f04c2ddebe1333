import type { Consumer } from "@streambed/client";
import { NAMES_IN_WARNING_MAX } from "./limits.ts";

/** Says which partitions cannot be read at present: once, and again when the reason changes, but not at each attempt. */
export class ReadTroubles {
  readonly #say: (line: string) => void;
  /** Reason by partition, as it was said. */
  #said: ReadonlyMap<string, string> = new Map();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  look(errors: ReturnType<Consumer["fetchErrors"]>): void {
    const before = this.#said;
    const now = new Map(errors.map(({ topic, partition, error }) => [`${topic}-${partition}`, error.code]));
    this.#said = now;
    const news = [...now].filter(([name, code]) => before.get(name) !== code);
    for (const [code, partitions] of Map.groupBy(news, ([, reason]) => reason)) {
      const names = partitions.slice(0, NAMES_IN_WARNING_MAX).map(([name]) => name);
      const more = partitions.length > names.length ? ` and ${partitions.length - names.length} more` : "";
      this.#say(`Cannot read ${names.join(", ")}${more} at present (${code}); trying again.`);
    }
  }
}
