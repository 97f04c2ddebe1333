import { spawn, type ChildProcess } from "node:child_process";
import { createInterface, type Interface } from "node:readline";
import { stderrTail, stopProcess } from "../../tools/peers/processes.ts";
import type { Answer, Job } from "./agents/agent.ts";

export type Command = readonly [program: string, ...args: string[]];

/**
 * A client kept running between jobs, because starting Node, Python or a group member a hundred times would cost more
 * than the work. A job that fails or hangs ends the process; the next job gets a new one.
 */
export class AgentProcess {
  readonly #command: () => Promise<Command>;
  #child: ChildProcess | undefined;
  #lines: AsyncIterator<string> | undefined;
  #interface: Interface | undefined;
  #errors: () => string = () => "";

  constructor(command: () => Promise<Command>) {
    this.#command = command;
  }

  /** Sends one job and returns its answer. Throws with what the process said when it fails. */
  async ask(job: Job, timeoutMs: number): Promise<Extract<Answer, { ok: true }>> {
    const { child, lines } = await this.#running();
    const late = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    try {
      child.stdin?.write(`${JSON.stringify(job)}\n`);
      const line = await lines.next();
      if (line.done === true) throw new Error(`no answer within ${timeoutMs} ms or a crash: ${this.#errors().trim()}`);
      // Written by our own agents, in the shape that agent.ts declares.
      const answer = JSON.parse(line.value) as Answer;
      if (!answer.ok) throw new Error(answer.error);
      return answer;
    } catch (error) {
      await this.stop();
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  async #running(): Promise<{ child: ChildProcess; lines: AsyncIterator<string> }> {
    if (this.#child !== undefined && this.#lines !== undefined) return { child: this.#child, lines: this.#lines };
    const [program, ...args] = await this.#command();
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined);
    this.#errors = stderrTail(child);
    this.#child = child;
    this.#interface = createInterface({ input: child.stdout });
    this.#lines = this.#interface[Symbol.asyncIterator]();
    return { child, lines: this.#lines };
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    this.#lines = undefined;
    this.#interface?.close();
    if (child !== undefined) {
      child.stdin?.end();
      await stopProcess(child, 2000);
    }
  }
}
