/** What the banner says. */
export interface BannerFacts {
  readonly version: string;
  /** Where data is kept, e.g. `folder ./data`. */
  readonly store: string;
  readonly clusterId: string;
  readonly kafka: { readonly host: string; readonly port: number };
  readonly http: { readonly host: string; readonly port: number };
  /** How long the start took, milliseconds. */
  readonly startMs: number;
}

/** Addresses, and the first commands to copy. */
export function banner(facts: BannerFacts): string {
  const kafka = address(facts.kafka);
  const rest = `http://${address(facts.http)}`;
  const own = facts.kafka.port === 9092 && facts.kafka.host === "localhost" ? "" : ` -b ${kafka}`;
  return `
Streambed ${facts.version} is ready after ${Math.round(facts.startMs)} ms

  Kafka  ${kafka}
  REST   ${rest}
  data   ${facts.store} (cluster ${facts.clusterId})

Try it:
  curl -s ${rest}/topics/hello -H 'content-type: application/vnd.kafka.json.v2+json' \\
    -d '{"records":[{"key":"a","value":"first"},{"key":"b","value":"second"}]}'
  npx streambed consume hello --from-beginning${own}
  npx streambed produce hello "third"${own}
  kcat -b ${kafka} -t hello -C -e

Ctrl-C stops it; --help explains the flags.
`;
}

function address({ host, port }: { readonly host: string; readonly port: number }): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
