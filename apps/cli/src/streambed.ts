import { Command } from "commander";
import { consume } from "./commands/consume.ts";
import { doctor } from "./commands/doctor.ts";
import { groups } from "./commands/groups.ts";
import { produce } from "./commands/produce.ts";
import { scrub } from "./commands/scrub.ts";
import { serve } from "./commands/serve.ts";
import { topics } from "./commands/topics.ts";
import { examples } from "./arguments.ts";
import type { CliContext } from "./context.ts";

/** The `streambed` program. */
export function streambedProgram(context: CliContext): Command {
  return new Command("streambed")
    .description("Streambed: a Kafka platform whose only durable part is a bucket")
    .version("0.1.0")
    .addCommand(serve(context))
    .addCommand(topics(context))
    .addCommand(produce(context))
    .addCommand(consume(context))
    .addCommand(groups(context))
    .addCommand(doctor(context))
    .addCommand(scrub(context))
    .addHelpText(
      "after",
      examples([
        "streambed serve",
        "streambed topics create orders --partitions 3",
        'streambed produce orders "hello"',
        "streambed consume orders --from-beginning",
        "streambed doctor --store s3://events",
      ]),
    );
}
