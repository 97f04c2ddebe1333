import { systemClock } from "@streambed/kernel";
import { bufferedHandler, httpHandler, streamingHandler } from "@streambed/runtime-lambda";
import type { AwsLambdaLike } from "@streambed/runtime-lambda";
import { lambdaLogger } from "./lambda-logger.ts";
import { open } from "./open.ts";
import { readSettings } from "./settings.ts";

const clock = systemClock();
const logger = lambdaLogger();
// Wrong settings stop the function where its operator sees them: in the log of its start.
const settings = readSettings(process.env);
const http = httpHandler({ open: () => open(settings, { clock, logger }), clock, logger });

/** What Lambda calls. */
export const handler: unknown = settings.responses === "stream" ? streaming() : bufferedHandler(http);

function streaming(): unknown {
  // Lambda's Node runtime defines it; nothing else does.
  const { awslambda } = globalThis as { readonly awslambda?: AwsLambdaLike };
  if (awslambda === undefined) throw new Error("STREAMBED_RESPONSES=stream works only inside Lambda's Node runtime");
  return streamingHandler(http, awslambda);
}
