import { setTimeout as pause } from "node:timers/promises";
import { ZERO_UUID } from "@streambed/kernel";
import type { ApiTypes } from "@streambed/protocol";
import type { CaseTopic, ConformanceCase, Scene, Step } from "./conformance-case.ts";
import { decodeAnswer, exchange, exchangeSilent, requestFrame } from "./exchange.ts";
import { normalize } from "./normalize.ts";
import { RawConnection } from "./raw-connection.ts";

/** How long an `until` step is asked again. */
const SETTLE_MS_MAX = 8_000;

/** One run of one case. */
export interface CaseRun {
  readonly version: number;
  /** Part of every name, so that a peer that lives longer than the run is not in the way. */
  readonly run: string;
}

/** Runs a case against one peer. Returns the normalized answers by step. */
export async function runCase(
  port: number,
  { api, title, topic, steps }: ConformanceCase,
  { version, run }: CaseRun,
): Promise<Record<string, unknown>> {
  const connections = new Map<string, Promise<RawConnection>>();
  const connection = (name = "main"): Promise<RawConnection> => {
    const found = connections.get(name) ?? RawConnection.open(port);
    connections.set(name, found);
    return found;
  };
  const slug = `${api}-${title}`.replaceAll(/[^a-zA-Z0-9]+/g, "-").slice(0, 80);
  const name = (suffix: string): string => `${run}-${slug}-${version}-${suffix}`;
  const answers: unknown[] = [];
  const held: (() => Promise<void>)[] = [];
  try {
    const topicId = topic === undefined ? ZERO_UUID : await createTopic(await connection(), name("t"), topic);
    const scene: Scene = { version, topic: name("t"), topicId, group: name("g"), answers, name };
    for (const [at, step] of steps.entries()) {
      const link = await connection(step.on);
      if (step.isHeld === true) {
        const stepVersion = step.version ?? version;
        link.sendFrame(requestFrame(step.api, stepVersion, step.request(scene)));
        held.push(async () => {
          answers[at] = decodeAnswer(step.api, stepVersion, await link.next());
        });
        continue;
      }
      // What was sent on this connection before is answered first.
      for (const wait of step.on === undefined ? [] : held.splice(0)) await wait();
      if (step.afterMs !== undefined) await pause(step.afterMs);
      answers[at] = await perform(link, step, scene);
    }
    for (const wait of held) await wait();
    return Object.fromEntries(
      steps.map((step, at) => {
        const seen = viewOf(step, answers[at], scene);
        return [`${at + 1} ${step.api}`, normalize(seen, { topicId, run })];
      }),
    );
  } finally {
    for (const link of connections.values()) (await link).destroy();
  }
}

async function perform(link: RawConnection, step: Step, scene: Scene): Promise<unknown> {
  const version = step.version ?? scene.version;
  const send = step.isSilent === true ? exchangeSilent : exchange;
  const deadline = performance.now() + SETTLE_MS_MAX;
  for (;;) {
    const answer = await send(link, step.api, version, step.request(scene));
    const { until } = step;
    if (until === undefined || typeof answer !== "object" || performance.now() > deadline) return answer;
    if (until(answer as never)) return answer;
    await pause(50);
  }
}

function viewOf(step: Step, answer: unknown, scene: Scene): unknown {
  return step.view === undefined || typeof answer !== "object" ? answer : step.view(answer as never, scene);
}

/** Creates the topic and waits until it can be used. */
async function createTopic(link: RawConnection, name: string, topic: CaseTopic): Promise<string> {
  const { partitions = 1, configs = {} } = topic;
  const created = (await exchange(link, "CreateTopics", 7, {
    timeoutMs: 10_000,
    topics: [
      {
        name,
        numPartitions: partitions,
        replicationFactor: 1,
        assignments: [],
        configs: Object.entries(configs).map(([config, value]) => ({ name: config, value })),
      },
    ],
  })) as ApiTypes["CreateTopics"]["response"];
  const result = created.topics[0];
  if (result?.errorCode !== 0) throw new Error(`${name}: error ${result?.errorCode} ${result?.errorMessage ?? ""}`);
  await untilUsable(link, name, partitions);
  return result.topicId;
}

/** A cluster takes a moment until leaders know that they are; until then they refuse. */
async function untilUsable(link: RawConnection, name: string, partitions: number): Promise<void> {
  const indexes = Array.from({ length: partitions }, (_, at) => at);
  for (;;) {
    const metadata = { topics: [{ name }], allowAutoTopicCreation: false };
    const { topics: known } = (await exchange(link, "Metadata", 12, metadata)) as ApiTypes["Metadata"]["response"];
    const offsets = {
      replicaId: -1,
      topics: [{ name, partitions: indexes.map((partitionIndex) => ({ partitionIndex, timestamp: -1n })) }],
    };
    const { topics } = (await exchange(link, "ListOffsets", 5, offsets)) as ApiTypes["ListOffsets"]["response"];
    const isLed = topics[0]?.partitions.every(({ errorCode }) => errorCode === 0) ?? false;
    if (isLed && known[0]?.partitions.length === partitions) return;
    await pause(20);
  }
}
