/** Randomness as an argument, so that one seed replays a run. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1). */
  fraction(): number;
}

/** Bytes asked of the platform at once: a call costs Node more than a kilobyte does. */
const POOL_BYTES = 1024;

/** Cryptographic randomness of the platform (WebCrypto). Every byte is given out once. */
export function systemRandom(): Random {
  let pool = new Uint8Array(0);
  let at = 0;
  const bytes = (length: number): Uint8Array => {
    if (length > POOL_BYTES) return crypto.getRandomValues(new Uint8Array(length));
    if (at + length > pool.length) {
      pool = crypto.getRandomValues(new Uint8Array(POOL_BYTES));
      at = 0;
    }
    const taken = pool.slice(at, at + length);
    // What becomes a secret stays nowhere else.
    pool.fill(0, at, at + length);
    at += length;
    return taken;
  };
  return {
    bytes,
    fraction: () => new DataView(bytes(4).buffer).getUint32(0) / 0x1_0000_0000,
  };
}

/** A reproducible generator (mulberry32). For tests and simulation, never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    bytes: (length) => Uint8Array.from({ length }, () => Math.floor(next() * 256)),
    fraction: next,
  };
}
