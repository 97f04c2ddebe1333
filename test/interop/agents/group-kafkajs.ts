// A group member: prints `topic partition offset timestamp` for each record until it is told to stop.
//   node group-kafkajs.ts <bootstrap> <group> <range|roundrobin> <sessionTimeoutMs> <topic,topic>
import { installNpmClients } from "../../../tools/peers/npm-clients.ts";

interface MemberMetadata {
  version: number;
  topics: readonly string[];
  userData: Buffer;
}
interface Protocols {
  AssignerProtocol: {
    MemberMetadata: { encode(value: MemberMetadata): Buffer; decode(bytes: Buffer): MemberMetadata };
    MemberAssignment: {
      encode(value: { version: number; assignment: Record<string, number[]>; userData: Buffer }): Buffer;
    };
  };
}
interface Cluster {
  findTopicPartitionMetadata(topic: string): readonly { partitionId: number }[];
}
interface Member {
  memberId: string;
  memberMetadata: Buffer;
}
interface Payload {
  topic: string;
  partition: number;
  message: { offset: string; timestamp: string };
}
interface Consumer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  subscribe(what: { topics: readonly string[]; fromBeginning: boolean }): Promise<void>;
  run(how: { autoCommitInterval: number; eachMessage(payload: Payload): Promise<void> }): Promise<void>;
}
type KafkaJs = Protocols & {
  Kafka: new (options: object) => { consumer(options: object): Consumer };
  logLevel: { ERROR: number };
};

const [bootstrap = "", groupId = "", strategy = "", session = "", topicList = ""] = process.argv.slice(2);
const topics = topicList.split(",");
const require = await installNpmClients();
// Installed outside the workspace; these are the members in use.
const { AssignerProtocol, Kafka, logLevel } = require("kafkajs") as KafkaJs;
const nobody = Buffer.alloc(0);

/**
 * kafkajs names its only strategy `RoundRobinAssigner`, which no other client offers; a group of several clients needs
 * one with Kafka's name and Kafka's arithmetic.
 */
const assigner = ({ cluster }: { cluster: Cluster }): object => ({
  name: strategy,
  version: 0,
  protocol: (subscription: { topics: readonly string[] }) => ({
    name: strategy,
    metadata: AssignerProtocol.MemberMetadata.encode({ version: 0, topics: subscription.topics, userData: nobody }),
  }),
  assign: async ({ members }: { members: readonly Member[] }) => {
    const known = members
      .map(({ memberId, memberMetadata }) => ({
        memberId,
        topics: AssignerProtocol.MemberMetadata.decode(memberMetadata).topics,
        assignment: {} as Record<string, number[]>,
      }))
      .toSorted((left, right) => (left.memberId < right.memberId ? -1 : 1));
    const wanted = [...new Set(known.flatMap((member) => member.topics))].toSorted();
    const partitionsOf = (topic: string): number[] =>
      cluster
        .findTopicPartitionMetadata(topic)
        .map(({ partitionId }) => partitionId)
        .toSorted((left, right) => left - right);
    const give = (owner: (typeof known)[number] | undefined, topic: string, partition: number): void => {
      if (owner !== undefined) (owner.assignment[topic] ??= []).push(partition);
    };
    // All members of these groups subscribe to the same topics, so nobody has to be passed over.
    let turn = 0;
    for (const topic of wanted) {
      const partitions = partitionsOf(topic);
      for (const [index, partition] of partitions.entries()) {
        const next = strategy === "range" ? rangeOwner(index, partitions.length, known.length) : turn++ % known.length;
        give(known[next], topic, partition);
      }
    }
    return known.map(({ memberId, assignment }) => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment, userData: nobody }),
    }));
  },
});

/** Range: the first `partitions % members` members get one partition more. */
function rangeOwner(index: number, partitions: number, members: number): number {
  const [each, extra] = [Math.floor(partitions / members), partitions % members];
  const inLarger = extra * (each + 1);
  return index < inLarger ? Math.floor(index / (each + 1)) : extra + Math.floor((index - inLarger) / each);
}

const kafka = new Kafka({ clientId: "group-kafkajs", brokers: [bootstrap], logLevel: logLevel.ERROR });
const consumer = kafka.consumer({
  groupId,
  partitionAssigners: [assigner],
  sessionTimeout: Number(session),
  rebalanceTimeout: Number(session),
  heartbeatInterval: 500,
  maxWaitTimeInMs: 100,
});
await consumer.connect();
await consumer.subscribe({ topics, fromBeginning: true });
await consumer.run({
  autoCommitInterval: 500,
  eachMessage: async ({ topic, partition, message }) => {
    process.stdout.write(`${topic} ${partition} ${message.offset} ${message.timestamp}\n`);
  },
});
process.on("SIGTERM", () => void consumer.disconnect().then(() => process.exit(0)));
