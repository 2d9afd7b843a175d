/** How long a search for hits still takes. Each hash is a hit with the same probability, so that the past does not matter. */

/**
 * Either a search for a number of solutions, each of which takes the expected number of hashes, or one that finds its answer among a
 * number of tries, each of which is equally likely to be it.
 */
export type Odds =
  | { readonly solutions: number; readonly expectedHashes: number }
  | { readonly oneOf: number };

/** The expected number of hashes of the whole search. */
export function expectedOf(odds: Odds): number {
  return 'oneOf' in odds ? (odds.oneOf + 1) / 2 : odds.solutions * odds.expectedHashes;
}

/**
 * The median number of further hashes that a search takes which has not ended after `hashes`. For one solution it is always the
 * same. How many of several solutions have been found is not known, so all hashes count for them.
 */
export function medianMore(odds: Odds, hashes: number): number {
  if ('oneOf' in odds) return Math.max(odds.oneOf - hashes, 0) / 2;
  const { solutions, expectedHashes } = odds;
  const done = hashes / expectedHashes;
  const half = logSurvival(solutions, done) - Math.LN2;
  let [low, high] = [0, solutions];
  while (logSurvival(solutions, done + high) > half) high *= 2;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (logSurvival(solutions, done + middle) > half) low = middle;
    else high = middle;
  }
  return high * expectedHashes;
}

/** The logarithm of the probability that fewer than `count` events of a Poisson process have happened by the time `mean`. */
function logSurvival(count: number, mean: number): number {
  if (mean === 0) return 0;
  const logMean = Math.log(mean);
  let logTerm = -mean;
  let sum = Number.NEGATIVE_INFINITY;
  for (let events = 0; events < count; events++) {
    if (events > 0) logTerm += logMean - Math.log(events);
    const [large, small] = sum > logTerm ? [sum, logTerm] : [logTerm, sum];
    sum = large + Math.log1p(Math.exp(small - large));
  }
  return sum;
}
