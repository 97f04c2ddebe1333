import type { Guards } from "@streambed/log-storage";
import type { ScenarioName } from "./scenarios.ts";

/** The command that runs a schedule again and prints everything that happens in it. */
export function replayCommand(
  { seed, scenario }: { readonly seed: number; readonly scenario: ScenarioName },
  guards: Partial<Guards> = {},
): string {
  const removed = Object.entries(guards).flatMap(([name, isOn]) => (isOn ? [] : [name]));
  const without = removed.length === 0 ? "" : ` --without ${removed.join(",")}`;
  return `npm run simulate -- --seed ${seed} --scenario ${scenario}${without} --trace`;
}
