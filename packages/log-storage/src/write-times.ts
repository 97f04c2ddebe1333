/** Samples that a median is taken over: enough to be steady, few enough to follow a store that changes. */
const SAMPLES = 33;
/** Upper bounds of the size classes, bytes: the time of a write grows with its size. */
const CLASS_BYTES_MAX = [64 * 1024, 512 * 1024, 2 * 1024 * 1024, Infinity] as const;

/** How long recent writes took, milliseconds. */
export class WriteTimes {
  readonly #all = new Recent();
  readonly #byClass = CLASS_BYTES_MAX.map(() => new Recent());

  note(bytes: number, ms: number): void {
    this.#all.note(ms);
    this.#classOf(bytes)?.note(ms);
  }

  /** Of writes of any size; 0 before the first. */
  get medianMs(): number {
    return this.#all.median;
  }

  /** Of writes of about this size; undefined until `samplesMin` of them were seen. */
  medianOf(bytes: number, samplesMin: number): number | undefined {
    const recent = this.#classOf(bytes);
    return recent === undefined || recent.count < samplesMin ? undefined : recent.median;
  }

  #classOf(bytes: number): Recent | undefined {
    return this.#byClass[CLASS_BYTES_MAX.findIndex((max) => bytes <= max)];
  }
}

/** The last few samples. */
class Recent {
  readonly #samples: number[] = [];
  #next = 0;
  #median: number | undefined = 0;

  get count(): number {
    return this.#samples.length;
  }

  note(ms: number): void {
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % SAMPLES;
    this.#median = undefined;
  }

  get median(): number {
    this.#median ??= this.#samples.toSorted((left, right) => left - right)[this.#samples.length >> 1] ?? 0;
    return this.#median;
  }
}
