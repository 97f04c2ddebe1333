// A process that adds to a counter in a folder by swapping: node folder-swapper.ts <folder> <additions>
import { fromUtf8, hasCode, utf8 } from "@streambed/kernel";
import { folderStore } from "@streambed/store-fs";

const [directory = "", additions = "0"] = process.argv.slice(2);
await using store = folderStore({ directory });
let added = 0;
while (added < Number(additions)) {
  const current = await store.get("counter");
  if (!current.found) throw new Error("there is no counter");
  const next = utf8(`${Number(fromUtf8(current.bytes)) + 1}`);
  const condition = { kind: "etag", etag: current.etag } as const;
  try {
    const result = await store.put("counter", [next], { condition });
    if (result.outcome === "written") {
      added += 1;
      // Each addition leaves its mark, so that one that is answered but lost shows.
      await store.put(`marks/${process.pid}-${added}`, [next], { condition: { kind: "absent" } });
    }
  } catch (error) {
    if (!hasCode(error, "STORE_BUSY")) throw error;
  }
}
console.log(added);
