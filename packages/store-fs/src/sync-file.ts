import type { OpenedFile } from "./file-io.ts";
import { fsyncFailed } from "./folder-errors.ts";

/** Fsyncs a file or a directory. A failure is one after which nobody knows what is on the disk. */
export async function syncFile(handle: OpenedFile, path: string): Promise<void> {
  try {
    await handle.sync();
  } catch (error) {
    throw fsyncFailed(error, path);
  }
}
