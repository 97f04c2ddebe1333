import type * as z from "zod";

/** What a contract says about a value. */
export type Shape<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      /** The first thing that does not fit: path and reason. */
      readonly message: string;
      /** True when something is missing or empty rather than of another kind. */
      readonly absent: boolean;
    };

/** A schema of this package whose values are `T`. */
export type Contract<T> = z.ZodType<T>;

/** Checks a parsed body against a contract and drops unknown fields. */
export function checkShape<T>(contract: Contract<T>, body: unknown): Shape<T> {
  const result = contract.safeParse(body, { reportInput: true });
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? "The body" : issue.path.map(String).join(".");
  const absent = issue?.input === undefined || issue.input === null || isEmpty(issue.input);
  return { ok: false, message: `${path}: ${issue?.message ?? "does not fit"}`, absent };
}

function isEmpty(value: unknown): boolean {
  return value === "" || (Array.isArray(value) && value.length === 0);
}
