/** The progress of a search on a terminal. */
import type { SolveOptions, SolveProgress } from 'qanto';
import { expectedOf, medianMore, type Odds } from './odds.ts';
import { onOneLine, statusLine } from './status-line.ts';
import { duration, withPrefix } from './units.ts';

/**
 * Runs a search, and shows its progress on the stream until it ends, if the stream is a terminal. `search` gets the options that
 * report the progress.
 */
export async function withProgress<Result>(
  odds: Odds | undefined,
  search: (options: Pick<SolveOptions, 'onProgress'>) => Promise<Result>,
  stream: NodeJS.WriteStream = process.stderr,
  variables: NodeJS.ProcessEnv = process.env,
): Promise<Result> {
  const line = statusLine(stream, variables);
  try {
    return await search({
      onProgress: (progress) => line.show((columns) => progressLine(odds, progress, columns)),
    });
  } finally {
    line.end();
  }
}

/**
 * The progress as text: the elapsed time, the hashes beside their expected number, the hash rate, and the time within which half of
 * the searches that have come so far end. No end can be promised, because each hash is a hit with the same probability. If the odds
 * are not known, nothing is said about them.
 */
export function progressLine(
  odds: Odds | undefined,
  { hashes, elapsedMs }: SolveProgress,
  columns: number,
): string {
  const perMs = hashes / elapsedMs;
  const expected = odds && ` of ${withPrefix(expectedOf(odds), 'H')} expected`;
  const parts = [duration(elapsedMs), `${withPrefix(hashes, 'H')}${expected ?? ''}`];
  if (perMs > 0) {
    parts.push(withPrefix(1000 * perMs, 'H/s'));
    if (odds) parts.push(`an even chance to end within ${duration(medianMore(odds, hashes) / perMs)}`);
  }
  return onOneLine(parts.join('  '), columns);
}
