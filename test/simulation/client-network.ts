import type { SimulatedBroker } from "./simulated-broker.ts";
import type { World } from "./world.ts";

/** After this time a client gives up on a request, milliseconds. */
export const CLIENT_TIMEOUT_MS = 4_000;

/** How a call of a client ended; anything but an answer says nothing about whether it took effect. */
export type CallResult<Answer> =
  | { readonly ok: true; readonly answer: Answer }
  | { readonly ok: false; readonly code: string };

/** One client's connections to brokers: in order both ways, and now and then an answer is lost with its connection. */
export class ClientNetwork {
  readonly #world: World;
  readonly #arrivals = new Map<SimulatedBroker, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Some process that a client may reach; undefined when none runs. */
  anyBroker(): SimulatedBroker | undefined {
    const { running, dice } = this.#world;
    return running.length === 0 ? undefined : dice.pick(running);
  }

  /** Runs `work` on the broker's machine. */
  call<Answer>(
    broker: SimulatedBroker,
    work: (broker: SimulatedBroker) => Promise<Answer>,
  ): Promise<CallResult<Answer>> {
    const { time, dice } = this.#world;
    return new Promise((resolve) => {
      const timer = time.after(CLIENT_TIMEOUT_MS, () => resolve({ ok: false, code: "CLIENT_TIMEOUT" }));
      const finish = (result: CallResult<Answer>): void => {
        if (this.#world.network.faults.answerLost > 0 && dice.chance(0.02)) return;
        time.after(1 + dice.below(5), () => {
          timer();
          resolve(result);
        });
      };
      // Connections keep the order of requests.
      const arrivesMs = Math.max(this.#arrivals.get(broker) ?? 0, time.nowMs + 1 + dice.below(5));
      this.#arrivals.set(broker, arrivesMs);
      time.after(arrivesMs - time.nowMs, () => {
        if (!broker.machine.isAlive) return finish({ ok: false, code: "CONNECTION_REFUSED" });
        broker.machine.deliver(() => {
          work(broker).then(
            (answer) => finish({ ok: true, answer }),
            (error: unknown) => finish({ ok: false, code: codeOf(error) }),
          );
        });
      });
    });
  }
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);
}
