/** The rounds of a campaign. `npm run campaign -- gate` runs many; the slow suite runs a hundredth of them with a fixed seed. */
import { seededRandom } from '../dag/engine/support.ts';

const seed = Number(process.env['QANTO_GATE_SEED'] ?? 42);
const first = Number(process.env['QANTO_GATE_FIRST'] ?? 0);

/** Returns the numbers of the rounds, of which there are as many as the environment variable says. */
export function roundsOf(variable: string, byDefault: number): number[] {
  const count = Number(process.env[variable] ?? byDefault);
  return Array.from({ length: count }, (_, index) => first + index);
}

/** Returns the source of random numbers of a round. */
export function randomOf(round: number) {
  const random = seededRandom(seed * 1_000_003 + round);
  const below = (limit: number) => Math.floor(random() * limit);
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(256)));
  const pick = <T>(items: readonly T[]): T => items[below(items.length)]!;
  return { below, bytes, pick };
}
