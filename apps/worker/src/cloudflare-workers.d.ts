/** What workerd brings along, as far as it is used here. */
declare module "cloudflare:workers" {
  /** Base of classes whose methods can be called from other Workers and objects. */
  export abstract class DurableObject<Env> {
    protected readonly ctx: {
      readonly id: { readonly name?: string };
      readonly storage: { setAlarm(atMs: number): Promise<void> };
      /** Ends the object at once; whoever waits for it gets an error. */
      abort(reason: string): void;
    };
    protected readonly env: Env;
    constructor(ctx: DurableObject<Env>["ctx"], env: Env);
  }
}
