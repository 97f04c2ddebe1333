import { addressText } from "./advertise.ts";

/** What the banner says. */
export interface BannerFacts {
  readonly version: string;
  /** Where data is kept, e.g. `folder ./data`. */
  readonly store: string;
  readonly clusterId: string;
  /** Number of this broker in a cluster, and of those it found there. */
  readonly cluster?: { readonly nodeId: number; readonly others: readonly number[] };
  readonly kafka: { readonly host: string; readonly port: number };
  readonly http: { readonly host: string; readonly port: number };
  /** How long the start took, milliseconds. */
  readonly startMs: number;
}

/** Addresses, and the first commands to copy. */
export function banner(facts: BannerFacts): string {
  const kafka = addressText(facts.kafka);
  const rest = `http://${addressText(facts.http)}`;
  const own = facts.kafka.port === 9092 && facts.kafka.host === "localhost" ? "" : ` -b ${kafka}`;
  return `
Streambed ${facts.version} is ready after ${Math.round(facts.startMs)} ms

  Kafka  ${kafka}
  REST   ${rest}
  data   ${facts.store} (cluster ${facts.clusterId})${clusterLine(facts.cluster)}

Try it:
  curl -s ${rest}/topics/hello -H 'content-type: application/vnd.kafka.json.v2+json' \\
    -d '{"records":[{"key":"a","value":"first"},{"key":"b","value":"second"}]}'
  npx streambed consume hello --from-beginning${own}
  npx streambed produce hello "third"${own}
  kcat -b ${kafka} -t hello -C -e

Ctrl-C stops it; --help explains the flags.
`;
}

function clusterLine(cluster: BannerFacts["cluster"]): string {
  if (cluster === undefined) return "";
  const { nodeId, others } = cluster;
  const company = others.length === 0 ? "the first of its cluster" : `with ${others.join(", ")}`;
  return `\n  broker ${nodeId}, ${company}`;
}
