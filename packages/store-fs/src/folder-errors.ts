import { messageOf, StreambedError, type ErrorKind } from "@streambed/kernel";
import { errnoOf } from "./file-io.ts";

/** Turns a failed system call into an error an operator can act on. Errors of ours pass. */
export function folderError(error: unknown, folder: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof StreambedError || errno === undefined) return error;
  const { kind, code, message } = explain(errno, folder, messageOf(error));
  return new StreambedError({ kind, code, message, cause: error });
}

interface Explanation {
  readonly kind: ErrorKind;
  readonly code: string;
  readonly message: string;
}

function explain(errno: string, folder: string, detail: string): Explanation {
  switch (errno) {
    case "ENOSPC":
    case "EDQUOT":
      return {
        kind: "limit",
        code: "STORE_FULL",
        message: `No space is left for ${folder} (${errno}); nothing was written. Free space, and writing goes on.`,
      };
    case "EROFS":
    case "EACCES":
    case "EPERM":
      return {
        kind: "denied",
        code: "STORE_READ_ONLY",
        message: `No permission to use ${folder} (${detail}). Give this user read and write access to it (chown, chmod, a writable mount), or choose another folder.`,
      };
    case "ENOENT":
      return {
        kind: "not-found",
        code: "BUCKET_NOT_FOUND",
        message: `${folder} or a part of it disappeared while in use (${detail}). Put it back and start again.`,
      };
    case "ENOTDIR":
    case "EEXIST":
      return {
        kind: "invalid",
        code: "STORE_FOLDER_INVALID",
        message: `${folder} is not a folder (${detail}). Choose another path.`,
      };
    case "EXDEV":
      return {
        kind: "invalid",
        code: "STORE_FOLDER_INVALID",
        message: `${folder} spans several file systems (${detail}). Keep the whole folder on one.`,
      };
    case "EMFILE":
    case "ENFILE":
      return {
        kind: "unavailable",
        code: "STORE_UNAVAILABLE",
        message: `Too many open files (${errno}) while using ${folder}. Raise the limit (ulimit -n).`,
      };
    default:
      return { kind: "unavailable", code: "STORE_UNAVAILABLE", message: `${folder} cannot be used: ${detail}.` };
  }
}

/**
 * An fsync that failed. The kernel may have dropped the dirty pages and will report success next time, so nobody knows
 * what is on the disk: the process has to end and start from what it then reads.
 */
export function fsyncFailed(error: unknown, path: string): StreambedError {
  return new StreambedError({
    kind: "internal",
    code: "STORE_FSYNC_FAILED",
    message: `fsync of ${path} failed (${messageOf(error)}), so what is on the disk is unknown. Check the disk, then start again.`,
    cause: error,
  });
}
