import { once } from "node:events";
import { createServer, request as ask, type IncomingMessage, type ServerResponse } from "node:http";
import type { Random } from "@streambed/kernel";

/** What happens to a request on its way. */
export type Fate = "pass" | "slow-down" | "too-many" | "broken" | "swallowed" | "answer-lost";

/** A proxy in front of an S3 server that does what it is told. */
export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** How often each fate was met. */
  readonly met: Readonly<Record<Fate, number>>;
  /** Requests that were never answered, e.g. `PUT /bucket/key`. */
  readonly swallowed: readonly string[];
  /** Requests meet these fates, with these shares, from now on. Undefined: all pass. */
  storm(fates: Readonly<Partial<Record<Fate, number>>> | undefined): void;
}

const ANSWERS: Readonly<Partial<Record<Fate, readonly [number, string]>>> = {
  "slow-down": [503, "SlowDown"],
  "too-many": [429, "TooManyRequests"],
  broken: [500, "InternalError"],
};

/** Starts a proxy; `target` is `http://host:port`. Requests keep their Host, which their signature covers. */
export async function startFaultProxy(target: string, random: Random): Promise<FaultProxy> {
  const { hostname, port } = new URL(target);
  const met: Record<Fate, number> = {
    pass: 0,
    "slow-down": 0,
    "too-many": 0,
    broken: 0,
    swallowed: 0,
    "answer-lost": 0,
  };
  const swallowed: string[] = [];
  let fates: Readonly<Partial<Record<Fate, number>>> | undefined;
  const server = createServer((request, response) => {
    const fate = fateOf(fates, random);
    met[fate]++;
    const scripted = ANSWERS[fate];
    if (fate === "swallowed") {
      swallowed.push(`${request.method ?? ""} ${request.url ?? ""}`);
      return void request.resume();
    }
    if (scripted !== undefined) return answer(request, response, scripted);
    const { method, url, headers } = request;
    const onward = ask({ hostname, port, method, path: url, headers }, (answered) => {
      // The store has done it, and nobody hears of it.
      if (fate === "answer-lost") return lose(request, answered);
      response.writeHead(answered.statusCode ?? 502, answered.rawHeaders);
      answered.pipe(response);
    });
    onward.on("error", () => request.socket.destroy());
    request.on("error", () => onward.destroy());
    request.pipe(onward);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const own = typeof address === "object" && address !== null ? address.port : 0;
  return {
    endpoint: `http://127.0.0.1:${own}`,
    met,
    swallowed,
    storm: (next) => void (fates = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fateOf(fates: Readonly<Partial<Record<Fate, number>>> | undefined, random: Random): Fate {
  let left = random.fraction();
  for (const [fate, share] of Object.entries(fates ?? {}) as [Fate, number][]) {
    if (left < share) return fate;
    left -= share;
  }
  return "pass";
}

function answer(request: IncomingMessage, response: ServerResponse, [status, code]: readonly [number, string]): void {
  // As S3 does: the body is not waited for to be refused, but read, so that the connection can be used again.
  request.resume().on("end", () => {
    const body = `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Please reduce your request rate.</Message></Error>`;
    response.writeHead(status, { "content-type": "application/xml", date: new Date().toUTCString() }).end(body);
  });
}

function lose(request: IncomingMessage, answered: IncomingMessage): void {
  answered.resume();
  request.socket.destroy();
}
