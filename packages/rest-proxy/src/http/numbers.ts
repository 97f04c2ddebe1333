import { badRequest } from "../errors.ts";

/** A query parameter that is an integer; undefined when absent. @throws RestError 400 */
export function integerQuery(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^-?\d{1,16}$/.test(text) && Number.isSafeInteger(value)) return value;
  throw badRequest(`Query parameter ${name} is not an integer: '${text.slice(0, 40)}'.`);
}

/** A path segment that is a partition or broker number, or null; JAX-RS answers 404 for others, so do the routes. */
export function numberSegment(text: string): number | null {
  return /^\d{1,10}$/.test(text) && Number(text) <= 2_147_483_647 ? Number(text) : null;
}

/** Milliseconds of an ISO 8601 instant, or null. */
export function instantMs(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+(?:Z|[+-]\d{2}:?\d{2})$/.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}
