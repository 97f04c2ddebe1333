import { PRICE_LIST_NAMES } from "@streambed/metrics";
import { CONFIG_NAMES } from "./kafka-config.ts";

/** Text of `--help`. */
export const HELP: string = `Streambed: a Kafka broker and REST proxy whose only durable part is a bucket.

Usage: npm start -- [flags]        or: npx streambed serve [flags]

Where data is kept
  --data DIR               a folder (default ./data)
  --store WHERE            a folder, memory: (gone at exit), or s3://bucket/prefix
                           S3 takes AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID,
                           AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_PROFILE

Where clients connect
  --kafka-port PORT        Kafka clients (default 9092; 0 takes a free one)
  --http-port PORT         REST clients (default 8082; 0 takes a free one)
  --host HOST              address to listen on (default localhost: 127.0.0.1 and ::1)
  --advertised-host HOST   name Kafka clients are told to come back to
  --advertised-port PORT   port Kafka clients are told to come back to
  --allow-anonymous        let other machines in without a password; needed for --host
                           with an address that is not loopback

Several processes on one bucket
  --cluster                belong to the cluster of all processes that are started with it
                           on the same folder or bucket; see docs/cluster.md
  --shards N               shards of a new cluster (default 1), to which an existing one grows
                           (1 to 64; never fewer); see docs/cluster.md for when it helps
  --node-id N              number of this broker (default: its last one, or the lowest free one)

How it behaves
  --config NAME=VALUE      a Kafka broker config; may be repeated. Known names:
${wrapped(CONFIG_NAMES)}
  --put-budget N           writes to the bucket a month (at least 21600), or dollars
                           ('$25'): when they run short, records wait longer for one another
  --cache SIZE             memory for recent records, which consumers then read without a
                           request to the bucket: 256M, 1G (default: an eighth of what the
                           process may use, at most 1G; a shard has its share of it)
  --hedge on|off|auto      write again beside a write that stalls (auto: on for S3)
  --price-list NAME        prices of the request bill at /metrics: ${PRICE_LIST_NAMES.join(", ")}
                           (default by the store)
  --log-level LEVEL        debug, info, warn (default) or error
  --log-format FORMAT      human (default) or json
  --help, --version

Examples
  npm start
  npm start -- --data /var/lib/streambed --config num.partitions=3
  AWS_ENDPOINT_URL=http://127.0.0.1:9000 AWS_REGION=us-east-1 npm start -- --store s3://events/team-a
  npm start -- --cluster --kafka-port 9093 --http-port 8083
  npm start -- --store s3://events --put-budget '$25'
  npm start -- --host 0.0.0.0 --advertised-host broker.example --allow-anonymous
`;

function wrapped(names: readonly string[]): string {
  const indent = " ".repeat(27);
  const lines = [""];
  for (const name of names) {
    const line = lines.at(-1) ?? "";
    if (line.length + name.length > 60) lines.push(name);
    else lines[lines.length - 1] = line === "" ? name : `${line}, ${name}`;
  }
  return lines.map((line) => `${indent}${line}`).join("\n");
}
