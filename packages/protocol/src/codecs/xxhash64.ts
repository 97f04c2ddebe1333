// 64-bit numbers as pairs of 32-bit halves: BigInt would cost an allocation per step.

/** A 64-bit number. */
interface Long {
  high: number;
  low: number;
}

const PRIME_1: Readonly<Long> = { high: 0x9e3779b1, low: 0x85ebca87 };
const PRIME_2: Readonly<Long> = { high: 0xc2b2ae3d, low: 0x27d4eb4f };
const PRIME_3: Readonly<Long> = { high: 0x165667b1, low: 0x9e3779f9 };
const PRIME_4: Readonly<Long> = { high: 0x85ebca77, low: 0xc2b2ae63 };
const PRIME_5: Readonly<Long> = { high: 0x27d4eb2f, low: 0x165667c5 };

function add(target: Long, high: number, low: number): void {
  const sum = (target.low >>> 0) + (low >>> 0);
  target.low = sum | 0;
  target.high = (target.high + high + (sum > 0xffff_ffff ? 1 : 0)) | 0;
}

function multiply(target: Long, factor: Readonly<Long>): void {
  const a = target.low & 0xffff;
  const b = target.low >>> 16;
  const c = factor.low & 0xffff;
  const d = factor.low >>> 16;
  const low = Math.imul(a, c) >>> 0;
  const middle = (Math.imul(b, c) >>> 0) + (low >>> 16);
  const other = (Math.imul(a, d) >>> 0) + (middle & 0xffff);
  const carry = (Math.imul(b, d) >>> 0) + Math.floor(middle / 0x1_0000) + Math.floor(other / 0x1_0000);
  target.high = (carry + Math.imul(target.high, factor.low) + Math.imul(target.low, factor.high)) | 0;
  target.low = (low & 0xffff) | ((other & 0xffff) << 16);
}

function rotate(target: Long, bits: number): void {
  const { high, low } = target;
  target.high = (high << bits) | (low >>> (32 - bits));
  target.low = (low << bits) | (high >>> (32 - bits));
}

function xor(target: Long, high: number, low: number): void {
  target.high ^= high;
  target.low ^= low;
}

function round(state: Long, high: number, low: number): void {
  const input = { high, low };
  multiply(input, PRIME_2);
  add(state, input.high, input.low);
  rotate(state, 31);
  multiply(state, PRIME_1);
}

function mergeRound(hash: Long, state: Readonly<Long>): void {
  const value: Long = { high: 0, low: 0 };
  round(value, state.high, state.low);
  xor(hash, value.high, value.low);
  multiply(hash, PRIME_1);
  add(hash, PRIME_4.high, PRIME_4.low);
}

/** Rotates the hash by 27, 23 or 11 bits after a rest of 8, 4 or 1 bytes was mixed in. */
function mixRest(hash: Long, view: DataView, start: number): void {
  let at = start;
  for (; at + 8 <= view.byteLength; at += 8) {
    const value: Long = { high: 0, low: 0 };
    round(value, view.getInt32(at + 4, true), view.getInt32(at, true));
    xor(hash, value.high, value.low);
    rotate(hash, 27);
    multiply(hash, PRIME_1);
    add(hash, PRIME_4.high, PRIME_4.low);
  }
  if (at + 4 <= view.byteLength) {
    const value: Long = { high: 0, low: view.getInt32(at, true) };
    multiply(value, PRIME_1);
    xor(hash, value.high, value.low);
    rotate(hash, 23);
    multiply(hash, PRIME_2);
    add(hash, PRIME_3.high, PRIME_3.low);
    at += 4;
  }
  for (; at < view.byteLength; at++) {
    const value: Long = { high: 0, low: view.getUint8(at) };
    multiply(value, PRIME_5);
    xor(hash, value.high, value.low);
    rotate(hash, 11);
    multiply(hash, PRIME_1);
  }
}

/** xxHash, 64 bits, seed 0; only the low 32 bits, unsigned, which is what Zstandard frames carry. */
export function xxhash64Low(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const hash: Long = { high: PRIME_5.high, low: PRIME_5.low };
  let at = 0;
  if (bytes.length >= 32) {
    const states: readonly [Long, Long, Long, Long] = [
      { ...PRIME_1 },
      { ...PRIME_2 },
      { high: 0, low: 0 },
      { high: 0, low: 0 },
    ];
    const [first, second, third, fourth] = states;
    add(first, PRIME_2.high, PRIME_2.low);
    add(fourth, ~PRIME_1.high, ~PRIME_1.low);
    add(fourth, 0, 1);
    for (; at + 32 <= bytes.length; at += 32) {
      round(first, view.getInt32(at + 4, true), view.getInt32(at, true));
      round(second, view.getInt32(at + 12, true), view.getInt32(at + 8, true));
      round(third, view.getInt32(at + 20, true), view.getInt32(at + 16, true));
      round(fourth, view.getInt32(at + 28, true), view.getInt32(at + 24, true));
    }
    hash.high = 0;
    hash.low = 0;
    for (const [index, state] of states.entries()) {
      const rotated = { ...state };
      rotate(rotated, [1, 7, 12, 18][index] ?? 0);
      add(hash, rotated.high, rotated.low);
    }
    for (const state of states) mergeRound(hash, state);
  }
  add(hash, 0, bytes.length);
  mixRest(hash, view, at);
  // The final avalanche shifts by 33, 29 and 32.
  xor(hash, 0, hash.high >>> 1);
  multiply(hash, PRIME_2);
  xor(hash, hash.high >>> 29, (hash.low >>> 29) | (hash.high << 3));
  multiply(hash, PRIME_3);
  return (hash.low ^ hash.high) >>> 0;
}
