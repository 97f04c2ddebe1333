export type { FileIo } from "./file-io.ts";
export { folderStore } from "./folder-store.ts";
export type { FolderStore, FolderStoreOptions } from "./folder-store.ts";
