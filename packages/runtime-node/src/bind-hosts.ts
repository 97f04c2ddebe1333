import { isLoopback, StreambedError } from "@streambed/kernel";

/**
 * Refuses to open a door to other machines while nobody is asked who they are.
 * Throws kind `denied`, code `ANONYMOUS_BIND_REFUSED`.
 */
export function checkBind(host: string, options: { readonly allowAnonymous: boolean }): void {
  if (isLoopback(host) || options.allowAnonymous) return;
  throw new StreambedError({
    kind: "denied",
    code: "ANONYMOUS_BIND_REFUSED",
    message: `Listening on ${host} would let every machine that reaches it read and write all data without a password: keep the default loopback address, or add --allow-anonymous if that is what you want.`,
  });
}

/**
 * The addresses to bind for a host. `localhost` means both loopback addresses, because clients resolve it to either;
 * the second one is optional, as a machine may have no IPv6.
 */
export function bindHosts(host: string): readonly { readonly address: string; readonly optional: boolean }[] {
  if (host.toLowerCase() !== "localhost") return [{ address: host, optional: false }];
  return [
    { address: "127.0.0.1", optional: false },
    { address: "::1", optional: true },
  ];
}
