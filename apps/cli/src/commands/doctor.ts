import { Command, Option } from "commander";
import { PRICE_LIST_NAMES, PRICE_LISTS } from "@streambed/metrics";
import type { PriceListName } from "@streambed/metrics";
import { usualPrices } from "@streambed/server";
import { examples } from "../arguments.ts";
import type { CliContext } from "../context.ts";
import { diagnosisText } from "../doctor/diagnosis-text.ts";
import { examine } from "../doctor/examine.ts";
import { jsonDocument } from "../json.ts";
import { checksFailed } from "../checks-failed.ts";
import { addStore, type StoreOptions, withStore } from "../store-options.ts";

interface Options extends StoreOptions {
  readonly priceList?: PriceListName;
  readonly json?: true;
}

/** `streambed doctor` */
export function doctor(context: CliContext): Command {
  return addStore(new Command("doctor"))
    .description("examine a bucket: is it fit for a log, how fast is it, how is the cluster in it")
    .addOption(
      new Option("--price-list <name>", "prices for the estimate (default: by the store)").choices(PRICE_LIST_NAMES),
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      `
About 90 requests. What it writes, below probe/, it deletes again; brokers may run meanwhile.
Ends with code 1 when a check fails.
${examples([
  "streambed doctor",
  "streambed doctor --store /var/lib/streambed",
  "AWS_ENDPOINT_URL=http://127.0.0.1:9000 AWS_REGION=us-east-1 streambed doctor --store s3://events/team-a",
])}`,
    )
    .action((options: Options) => run(context, options));
}

async function run(context: CliContext, options: Options): Promise<void> {
  const { terminal, clock, random } = context;
  const diagnosis = await withStore(context, options, async ({ store, location }) => {
    const prices = PRICE_LISTS[options.priceList ?? usualPrices(location)];
    const say = (step: string): void => (options.json === true ? undefined : terminal.say(step));
    return await examine({ store, clock, random, prices }, say);
  });
  await terminal.write(options.json === true ? jsonDocument(diagnosis) : diagnosisText(diagnosis));
  if (!diagnosis.ok) throw checksFailed("The store or the cluster in it is not well; see above.");
}
