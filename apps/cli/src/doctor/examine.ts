import { messageOf } from "@streambed/kernel";
import type { CheckParts } from "./check-store.ts";
import { checkStore, skipped } from "./check-store.ts";
import type { Diagnosis, Finding } from "./findings.ts";
import type { InspectParts } from "./inspect-cluster.ts";
import { inspectCluster } from "./inspect-cluster.ts";
import { type Measured, measureStore } from "./measure-store.ts";

/** Examines a bucket from the way there to the cluster in it. Everything it writes it deletes again. */
export async function examine(
  parts: Omit<CheckParts, "prefix"> & Pick<InspectParts, "prices">,
  say: (step: string) => void,
): Promise<Diagnosis> {
  const { store, random } = parts;
  const prefix = `probe/doctor-${random.bytes(6).reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "")}/`;
  const own = { ...parts, prefix };
  say("checking what the store does ...");
  const findings: Finding[] = [...(await checkStore(own))];
  const failed = (check: string): boolean => findings.some(({ name, verdict }) => name === check && verdict === "fail");
  if (failed("reach")) return diagnosis(store.description, findings);
  if (failed("write")) findings.push(skipped("measure", "how fast it is"));
  else say("measuring ...");
  const measured = failed("write") ? undefined : await measureOrTell(own, findings);
  say("looking at the cluster ...");
  const { findings: more, cluster, bill } = await inspectCluster(own);
  return { ...diagnosis(store.description, [...findings, ...more]), ...measured, cluster, bill };
}

async function measureOrTell(parts: CheckParts, findings: Finding[]): Promise<Measured | undefined> {
  try {
    return await measureStore(parts);
  } catch (error) {
    findings.push({ name: "measure", verdict: "fail", says: messageOf(error) });
    return undefined;
  }
}

function diagnosis(store: string, findings: readonly Finding[]): Diagnosis {
  const ok = findings.every(({ verdict }) => verdict !== "fail");
  return { store, ok, findings, latency: [], throughput: null, cluster: null, bill: null };
}
