import { dirname } from "node:path";
import { errnoOf, type FileIo } from "./file-io.ts";

/**
 * Creates a folder and those above it that are missing; returns what it created, uppermost first. Step by step, because
 * the recursive mkdir of Node reports a read-only file system as ENOENT.
 */
export async function makeFolder(io: FileIo, folder: string): Promise<readonly string[]> {
  const created: string[] = [];
  const wanted = [folder];
  for (let path = wanted.at(-1); path !== undefined; path = wanted.at(-1)) {
    try {
      await io.mkdir(path);
      created.push(path);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === "ENOENT" && dirname(path) !== path) {
        wanted.push(dirname(path));
        continue;
      }
      if (errno !== "EEXIST" || !(await io.stat(path)).isDirectory()) throw error;
    }
    wanted.pop();
  }
  return created;
}
