import { readFile } from "node:fs/promises";

/** Watches the resident memory of a process until it is stopped. */
export interface MemoryWatch {
  /** Highest and newest resident size seen, MB of a million bytes. */
  readonly peakMB: () => Promise<number>;
  readonly nowMB: () => Promise<number>;
}

/** Linux keeps the peak itself, so nothing is missed between two looks. */
export function watchMemory(pid: number): MemoryWatch {
  const field = async (name: string): Promise<number> => {
    const status = await readFile(`/proc/${pid}/status`, "utf8");
    const kibibytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1];
    if (kibibytes === undefined) throw new Error(`no ${name} for process ${pid}`);
    return (Number(kibibytes) * 1024) / 1e6;
  };
  return { peakMB: () => field("VmHWM"), nowMB: () => field("VmRSS") };
}
