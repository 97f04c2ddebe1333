import type { BrokerSettings } from "../settings.ts";
import { configValue } from "./config-values.ts";
import { listItems, TOPIC_CONFIGS } from "./topic-configs.ts";
import type { TopicConfig } from "./topic-configs.ts";

// The texts are Kafka's own: people search for them, and tools match them.

const INTEGER_BITS = { int: 32, long: 64 } as const;

/** Why a value is not allowed, in words; undefined when it is. */
export function configProblem(name: string, value: string): string | undefined {
  const config = TOPIC_CONFIGS.get(name);
  if (config === undefined) return `Unknown topic config name: ${name}`;
  const problem = valueProblem(config, value);
  if (problem === undefined) return undefined;
  return `Invalid value ${problem.value ?? value} for configuration ${name}: ${problem.why}`;
}

/** `value` is what Kafka names instead of the whole text. */
interface Problem {
  readonly why: string;
  readonly value?: string;
}

function valueProblem(config: TopicConfig, value: string): Problem | undefined {
  switch (config.type) {
    case "boolean": {
      const word = value.toLowerCase();
      if (word !== "true" && word !== "false") return { why: "Expected value to be either true or false" };
      return choiceProblem(config, [word]);
    }
    case "int":
    case "long":
      if (!isInteger(value.trim(), INTEGER_BITS[config.type])) return notANumber(config);
      return rangeProblem(config, Number(value)) ?? ruleProblem(config, value.trim());
    case "double":
      if (value.trim() === "" || Number.isNaN(Number(value))) return notANumber(config);
      return rangeProblem(config, Number(value));
    case "list":
      return choiceProblem(config, listItems(value)) ?? ruleProblem(config, value, `[${listItems(value).join(", ")}]`);
    case "string":
      return choiceProblem(config, [value]);
  }
}

/** True for a text that Java reads as a number of so many bits. */
function isInteger(text: string, bits: number): boolean {
  if (!/^[+-]?\d{1,19}$/.test(text)) return false;
  const value = BigInt(text.replace("+", ""));
  return BigInt.asIntN(bits, value) === value;
}

function notANumber({ type }: TopicConfig): Problem {
  return { why: `Not a number of type ${type.toUpperCase()}` };
}

function rangeProblem({ type, min, max }: TopicConfig, value: number): Problem | undefined {
  // Java prints doubles with a fraction.
  const shown = type === "double" && Number.isInteger(value) ? `${value}.0` : String(value);
  if (min !== undefined && value < min) return { value: shown, why: `Value must be at least ${min}` };
  if (max !== undefined && value > max) return { value: shown, why: `Value must be no more than ${max}` };
  return undefined;
}

function choiceProblem({ values }: TopicConfig, given: readonly string[]): Problem | undefined {
  const wrong = given.find((item) => values?.includes(item) === false);
  return wrong === undefined ? undefined : { value: wrong, why: `String must be one of: ${values?.join(", ") ?? ""}` };
}

function ruleProblem({ rule }: TopicConfig, value: string, shown = value): Problem | undefined {
  const why = rule?.(value);
  return why === undefined ? undefined : { value: shown, why };
}

/** Why configs do not go together, in words; undefined when they do. `overrides` are all that the topic will have. */
export function configsContradiction(
  overrides: ReadonlyMap<string, string>,
  settings: BrokerSettings,
): string | undefined {
  const least = configValue(overrides, "min.compaction.lag.ms", settings);
  const most = configValue(overrides, "max.compaction.lag.ms", settings);
  if (Number(least) <= Number(most)) return undefined;
  return `conflict topic config setting min.compaction.lag.ms (${least}) > max.compaction.lag.ms (${most})`;
}
