/** The signal that asked for the end. */
export type StopSignal = "SIGINT" | "SIGTERM";

const SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM"];

/** The exit code that shells give a process which this signal has ended. */
export function stopExitCode(signal: StopSignal): number {
  return signal === "SIGINT" ? 130 : 143;
}

/**
 * Calls back at Ctrl-C or a supervisor's SIGTERM. A second signal ends the process at once with the shell's usual code,
 * for an operator who does not want to wait for the clean end.
 */
export function onStopSignal(stop: (signal: StopSignal) => void): void {
  let asked = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (asked) process.exit(stopExitCode(signal));
      asked = true;
      stop(signal);
    });
  }
}

/** Waits for the signal that {@link onStopSignal} calls back for. */
export function untilStopSignal(): Promise<StopSignal> {
  return new Promise(onStopSignal);
}
