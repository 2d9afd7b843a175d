/** Runs the benchmark of reachability, whose count of changed labels is the same in every run. */
import { execFileSync } from 'node:child_process';
import { expect, it } from '@jest/globals';

interface Row {
  readonly measure: string;
  readonly labelsPerBlock: number;
}

const LENGTHS = [1000, 30_000, 1_000_000];

/** Splitting groups changes 2 labels per block. Making room for the groups changes fewer, however long the branch is. */
const MOST_LABELS_PER_BLOCK = 4;

it('A block changes at most four labels on average, wherever forks grow and however long the branches are', () => {
  for (const blocks of [1000, 300_000]) {
    const { rows } = benchmark(`--blocks=${blocks}`, '--rounds=1');
    // Two normal DAGs, and seven with forks.
    expect(rows).toHaveLength(9 * LENGTHS.length);
    expect(rows.filter(({ labelsPerBlock }) => !(labelsPerBlock <= MOST_LABELS_PER_BLOCK))).toEqual([]);
  }
});

function benchmark(...args: readonly string[]): { readonly rows: readonly Row[] } {
  const command = ['bench/reachability.mjs', '--alone', '--json', `--lengths=${LENGTHS.join()}`, ...args];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' }));
}
