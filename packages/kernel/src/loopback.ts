const LOOPBACK_NAMES: readonly string[] = ["localhost", "::1"];

/**
 * True for names and addresses that only this machine can reach (RFC 1122, RFC 4291, RFC 6761). IPv6 without brackets.
 *
 * @example isLoopback("127.0.0.1") // true
 */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host.toLowerCase()) || /^127(\.\d{1,3}){3}$/.test(host);
}
