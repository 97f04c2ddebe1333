import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { HttpEvent, HttpResult } from "@streambed/runtime-lambda";

/** An instance of the bundled function in a process of its own, as Lambda runs it: one event at a time. */
export interface FunctionProcess extends Disposable {
  invoke(event: HttpEvent): Promise<HttpResult>;
}

/** Starts an instance of a bundle with the environment its operator would set. */
export async function startFunction(
  bundle: string,
  environment: Readonly<Record<string, string>>,
): Promise<FunctionProcess> {
  const child = fork(join(import.meta.dirname, "function-host.mjs"), [bundle], {
    env: { ...process.env, ...environment },
    execArgv: [],
  });
  await reply(child);
  let last: Promise<unknown> = Promise.resolve();
  return {
    invoke(event) {
      const answer = last.then(() => {
        child.send(event);
        return reply(child) as Promise<HttpResult>;
      });
      last = answer.catch(() => undefined);
      return answer;
    },
    [Symbol.dispose]: () => child.kill("SIGKILL"),
  };
}

/** The next message, or a rejection when the process ends first. */
async function reply(child: ChildProcess): Promise<unknown> {
  const waiting = new AbortController();
  try {
    const { signal } = waiting;
    const message = once(child, "message", { signal }).then(([value]) => value as unknown);
    const exit = once(child, "exit", { signal }).then(([code]) => {
      throw new Error(`the function's process ended with ${String(code)}`);
    });
    return await Promise.race([message, exit]);
  } finally {
    waiting.abort();
  }
}
