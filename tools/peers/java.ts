import { spawn, type ChildProcess } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installOnce } from "./cache.ts";
import { run, type RunOptions, type RunResult } from "./processes.ts";

/** The newest release of which Maven Central serves the broker and the tools completely. */
const KAFKA_VERSION = "4.3.1";
const LOG4J_VERSION = "2.25.5";

const ARTIFACTS = [
  ["org.apache.kafka", "kafka_2.13", KAFKA_VERSION],
  ["org.apache.kafka", "kafka-tools", KAFKA_VERSION],
  // Without a binding the broker is silent about why it does not start.
  ["org.apache.logging.log4j", "log4j-slf4j-impl", LOG4J_VERSION],
  ["org.apache.logging.log4j", "log4j-core", LOG4J_VERSION],
  ["org.apache.logging.log4j", "log4j-1.2-api", LOG4J_VERSION],
] as const;

const LOGGING = `status = error
appender.err.type = Console
appender.err.name = err
appender.err.target = SYSTEM_ERR
appender.err.layout.type = PatternLayout
appender.err.layout.pattern = %d{ISO8601} %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.err.ref = err
`;

/** Short-lived tools: a small heap and the first compiler tier only, which halves their start-up. */
const TOOL_JVM = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"] as const;

export const kafkaVersion: string = KAFKA_VERSION;

/** Installs Apache Kafka (broker, storage tool and command line tools) with Maven and returns its folder. */
export function installJava(): Promise<string> {
  const dependencies = ARTIFACTS.map(
    ([group, artifact, version]) =>
      `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`,
  );
  const pom = `<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>streambed</groupId><artifactId>peers</artifactId><version>0</version><packaging>pom</packaging>
  <dependencies>${dependencies.join("\n")}</dependencies>
</project>
`;
  return installOnce({
    name: `kafka-${KAFKA_VERSION}`,
    recipe: pom + LOGGING,
    install: async (folder) => {
      await writeFile(join(folder, "pom.xml"), pom);
      await writeFile(join(folder, "log4j2.properties"), LOGGING);
      const copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory=lib"];
      await run("mvn", ["-q", "-B", ...copy], { cwd: folder });
    },
  });
}

export interface JavaCommand {
  readonly mainClass: string;
  readonly args: readonly string[];
  /** JVM flags; default is a small, quickly started JVM. */
  readonly jvm?: readonly string[];
  /** Jars that come before Kafka's own. */
  readonly classpath?: readonly string[];
}

/** Command line flags from pairs; a list repeats the flag. `{topic: "t", property: ["a=1", "b=2"]}` */
export function flags(values: Readonly<Record<string, string | readonly string[]>>): string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    (typeof value === "string" ? [value] : value).flatMap((one) => [`--${name}`, one]),
  );
}

/** The `java` arguments that start one of Kafka's main classes. */
export async function javaArguments(command: JavaCommand): Promise<string[]> {
  const { mainClass, args, jvm = TOOL_JVM, classpath = [] } = command;
  const folder = await installJava();
  const logging = `-Dlog4j2.configurationFile=${join(folder, "log4j2.properties")}`;
  return [...jvm, logging, "-cp", [...classpath, join(folder, "lib", "*")].join(":"), mainClass, ...args];
}

/** Runs one of Kafka's tools to its end. */
export async function runTool(command: JavaCommand, options?: RunOptions): Promise<RunResult> {
  return run("java", await javaArguments(command), options);
}

/** Starts one of Kafka's tools and leaves its streams to the caller. */
export async function spawnTool(command: JavaCommand): Promise<ChildProcess> {
  return spawn("java", await javaArguments(command), { stdio: ["pipe", "pipe", "pipe"] });
}
