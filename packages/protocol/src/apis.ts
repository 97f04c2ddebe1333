import type { ApiDescription } from "./api-description.ts";
import { API_KEYS, APIS, type ApiTypes } from "./generated/apis.ts";

export type { ApiDescription } from "./api-description.ts";
export { API_KEYS, APIS } from "./generated/apis.ts";
export type { ApiTypes } from "./generated/apis.ts";

/** The name of an API that clients may call, e.g. `Fetch`. */
export type ApiName = keyof ApiTypes;

const BY_KEY: ReadonlyMap<number, ApiDescription> = new Map(APIS.map((api) => [api.apiKey, api]));

/** The API with this number; undefined when clients have no business with it. */
export function apiByKey(apiKey: number): ApiDescription | undefined {
  return BY_KEY.get(apiKey);
}

/** The API with this name. */
export function apiByName(name: ApiName): ApiDescription {
  const api = BY_KEY.get(API_KEYS[name]);
  // Both tables come from one list, so this cannot be reached.
  if (api === undefined) throw new Error(`No API ${name}`);
  return api;
}
