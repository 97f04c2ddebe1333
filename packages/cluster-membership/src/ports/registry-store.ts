/** The part of an `ObjectStore` that the registry of brokers needs; its errors are those of the store. */
export interface RegistryStore {
  /** For messages. Holds no secret. */
  readonly description: string;
  get(
    key: string,
  ): Promise<{ readonly found: true; readonly bytes: Uint8Array; readonly etag: string } | { readonly found: false }>;
  put(
    key: string,
    body: readonly Uint8Array[],
    options: {
      readonly condition: { readonly kind: "absent" } | { readonly kind: "etag"; readonly etag: string };
    },
  ): Promise<{ readonly outcome: "written" | "conflict" }>;
  list(options: {
    readonly prefix: string;
    readonly after?: string;
  }): Promise<{ readonly objects: readonly { readonly key: string }[]; readonly next?: string }>;
  delete(keys: readonly string[]): Promise<unknown>;
}
