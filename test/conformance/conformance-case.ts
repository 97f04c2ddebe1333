import type { ApiName, ApiTypes } from "@streambed/protocol";

/** What a step may refer to: the case's own names, and what was answered before. */
export interface Scene {
  readonly version: number;
  /** Name of the case's topic; new in every run. */
  readonly topic: string;
  readonly topicId: string;
  /** A group of this case only. */
  readonly group: string;
  /** Decoded answers of earlier steps, by index. */
  readonly answers: readonly unknown[];
  /** Any other name that only this case uses. */
  name(suffix: string): string;
}

/** One request of a case. */
export interface Step {
  readonly api: ApiName;
  readonly request: (scene: Scene) => object;
  /** Default: the version that the case is run in. */
  readonly version?: number | undefined;
  /** Connection to send it on; default one for all. */
  readonly on?: string | undefined;
  /** True for a request that must not be answered (acks=0). */
  readonly isSilent?: boolean | undefined;
  /** Waits before it is sent, milliseconds. */
  readonly afterMs?: number | undefined;
  /** True when the next step is sent without waiting; the answer is awaited after the last step. */
  readonly isHeld?: boolean | undefined;
  /** Asked again, for a few seconds, until the answer is like this; for what a cluster takes time to tell itself. */
  readonly until?: ((answer: never) => boolean) | undefined;
  /** Only this part of the answer is compared. */
  readonly view?: ((answer: never, scene: Scene) => unknown) | undefined;
}

/** A topic that exists before the first step. */
export interface CaseTopic {
  readonly partitions?: number;
  readonly configs?: Readonly<Record<string, string>>;
}

/** A sequence of requests that both peers are given, in the lowest, a middle and the highest common version. */
export interface ConformanceCase {
  readonly api: ApiName;
  readonly title: string;
  readonly steps: readonly Step[];
  /** Absent: no topic. */
  readonly topic?: CaseTopic | undefined;
  /** Bounds on the versions of `api` that the case makes sense in. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

type StepOptions<Name extends ApiName> = Omit<Step, "api" | "request" | "until" | "view"> & {
  readonly until?: (answer: ApiTypes[Name]["response"]) => boolean;
  readonly view?: (answer: ApiTypes[Name]["response"], scene: Scene) => unknown;
};

/** One step of a case. */
export function ask<Name extends ApiName>(
  api: Name,
  request: ApiTypes[Name]["requestInput"] | ((scene: Scene) => ApiTypes[Name]["requestInput"]),
  options: StepOptions<Name> = {},
): Step {
  return { api, request: typeof request === "function" ? request : () => request, ...options };
}

/** The answer to an earlier step, which was one of `Name`. */
export function answerOf<Name extends ApiName>(scene: Scene, at: number, _api: Name): ApiTypes[Name]["response"] {
  return scene.answers[at] as ApiTypes[Name]["response"];
}
