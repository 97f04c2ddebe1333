import { access, constants } from "node:fs/promises";
import { messageOf } from "@streambed/kernel";
import type { Logger } from "@streambed/kernel";

/** Says that a folder can be read, but not written to as it is now. It may be meant so, and it may change. */
export async function warnOfReadOnly(folder: string, logger: Logger): Promise<void> {
  try {
    await access(folder, constants.W_OK);
  } catch (error) {
    const message =
      "Records can be read; whatever is written is refused with KAFKA_STORAGE_ERROR until this user may write to the " +
      "folder (chown, chmod, a writable mount).";
    logger.log("warn", "folder-read-only", { folder, error: messageOf(error), message });
  }
}
