/** Counts claims and prints them as they are decided. */
export interface Report {
  readonly claim: (name: string, problems: readonly string[]) => void;
  readonly note: (text: string) => void;
  /** Prints the totals and returns whether everything passed. */
  readonly finish: () => boolean;
}

/** Prints failures in full and successes only as a count per group, so that three hundred claims stay readable. */
export function createReport(): Report {
  const start = Date.now();
  let passed = 0;
  let failed = 0;
  const elapsed = (): string => `${((Date.now() - start) / 1000).toFixed(1).padStart(6)} s`;
  return {
    claim(name, problems) {
      if (problems.length === 0) {
        passed += 1;
        return;
      }
      failed += 1;
      console.log(`${elapsed()}  FAILED ${name}: ${problems.join("; ")}`);
    },
    note: (text) => console.log(`${elapsed()}  ${text}`),
    finish() {
      console.log(`${passed} passed, ${failed} failed in ${elapsed().trim()}`);
      return failed === 0 && passed > 0;
    },
  };
}
