/** The signal that asked for the end. */
export type StopSignal = "SIGINT" | "SIGTERM";

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/**
 * Waits for Ctrl-C or a supervisor's SIGTERM. A second signal ends the process at once with the shell's usual code,
 * for an operator who does not want to wait for the clean end.
 */
export function untilStopSignal(): Promise<StopSignal> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (asked) process.exit(signal === "SIGINT" ? 130 : 143);
        asked = true;
        resolve(signal);
      });
    }
  });
}
