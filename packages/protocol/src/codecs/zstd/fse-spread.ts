/** Which symbol each state stands for, given how often each occurs; -1 stands for "less than one". */
export function spreadSymbols(counts: readonly number[], accuracyLog: number): Uint8Array {
  const size = 1 << accuracyLog;
  const symbols = new Uint8Array(size);
  let high = size - 1;
  for (let symbol = 0; symbol < counts.length; symbol++) if (counts[symbol] === -1) symbols[high--] = symbol;
  const step = (size >>> 1) + (size >>> 3) + 3;
  let position = 0;
  for (let symbol = 0; symbol < counts.length; symbol++) {
    const count = counts[symbol] ?? 0;
    for (let index = 0; index < count; index++) {
      symbols[position] = symbol;
      do position = (position + step) & (size - 1);
      while (position > high);
    }
  }
  return symbols;
}
