import { parseArgs } from "node:util";
import type { Codec } from "./agents/agent.ts";

export interface InteropOptions {
  /** An external broker; undefined starts one. */
  readonly bootstrap: string | undefined;
  readonly server: "streambed" | "kafka";
  readonly clients: readonly string[] | undefined;
  readonly codecs: readonly Codec[];
  readonly records: number;
  readonly partitions: number;
  readonly suites: readonly string[];
  readonly timeoutMs: number;
}

const ALL_CODECS: readonly Codec[] = ["none", "gzip", "snappy", "lz4", "zstd"];

export const usage = `Round trips and groups with foreign Kafka clients.

  --bootstrap HOST:PORT   use this broker instead of starting one
  --server streambed|kafka  which server to start (default streambed; kafka proves the harness itself)
  --clients a,b           only these writers and readers
  --codecs a,b            of ${ALL_CODECS.join(", ")}
  --records N             records per topic (default 100000)
  --partitions N          partitions per topic (default 4)
  --suites matrix,groups  which suites to run (default both)
  --timeout SECONDS       per write, and per read of everything (default 300)
`;

/** Reads the command line; throws on what it does not know. */
export function readOptions(args: readonly string[]): InteropOptions | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: "boolean" },
      bootstrap: { type: "string" },
      server: { type: "string", default: "streambed" },
      clients: { type: "string" },
      codecs: { type: "string", default: ALL_CODECS.join() },
      records: { type: "string", default: "100000" },
      partitions: { type: "string", default: "4" },
      suites: { type: "string", default: "matrix,groups" },
      timeout: { type: "string", default: "300" },
    },
  });
  if (values.help === true) return "help";
  if (values.server !== "streambed" && values.server !== "kafka") throw new Error(`no server named ${values.server}`);
  return {
    bootstrap: values.bootstrap,
    server: values.server,
    clients: values.clients?.split(","),
    codecs: values.codecs.split(",").map(codec),
    records: positive(values.records),
    partitions: positive(values.partitions),
    suites: values.suites.split(","),
    timeoutMs: positive(values.timeout) * 1000,
  };
}

function codec(name: string): Codec {
  const known = ALL_CODECS.find((candidate) => candidate === name);
  if (known === undefined) throw new Error(`no codec named ${name}; there are: ${ALL_CODECS.join(", ")}`);
  return known;
}

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value <= 0) throw new Error(`${text} is not a positive number`);
  return value;
}
