import { usage } from "./options.ts";

/**
 * A predicate for topic names from the `--topic` of Kafka's tool: a regular expression that must match the whole name;
 * commas separate alternatives. Without a text every name matches.
 */
export function topicFilter(text: string | undefined): (name: string) => boolean {
  if (text === undefined) return () => true;
  const pattern = text
    .trim()
    .replaceAll(",", "|")
    .replaceAll(" ", "")
    .replaceAll(/^["']+|["']+$/g, "");
  try {
    const expression = new RegExp(`^(?:${pattern})$`, "u");
    return (name) => expression.test(name);
  } catch {
    throw usage(`${text} is an invalid regex.`);
  }
}
