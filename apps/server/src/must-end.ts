import type { StreambedError } from "@streambed/kernel";

/** Told once when the process must end: what it knows is not to be trusted, or another process has its place. */
export type MustEnd = (error: StreambedError) => void;
