import { expect, test } from '@jest/globals';
import { expectedOf, medianMore } from '../../ts/cli/odds.ts';
import { progressLine, withProgress } from '../../ts/cli/search-progress.ts';

const ONE = { solutions: 1, expectedHashes: 1000 };

test.each([0, 1, 1000, 1e6])(
  'After %d hashes, a search for one solution has the same odds as before',
  (hashes) => {
    expect(expectedOf(ONE)).toBe(1000);
    expect(medianMore(ONE, hashes)).toBeCloseTo(1000 * Math.LN2, 3);
  },
);

// The medians of the gamma distribution of these shapes.
test.each([
  [2, 1.678347],
  [10, 9.668715],
  [1000, 999.666687],
])('Half of the searches for %d solutions have ended after the median of all', (solutions, median) => {
  expect(medianMore({ solutions, expectedHashes: 1 }, 0)).toBeCloseTo(median, 4);
});

test.each([0.5, 2, 20, 900])(
  'Half of the searches for two solutions that have come to %d end within the rest',
  (done) => {
    const more = medianMore({ solutions: 2, expectedHashes: 1 }, done);
    // Fewer than two solutions are found by the time t with probability exp(-t) (1 + t).
    expect((Math.exp(-more) * (1 + done + more)) / (1 + done)).toBeCloseTo(0.5, 6);
  },
);

test('A search among a number of tries ends at the latest with the last one', () => {
  const odds = { oneOf: 1000 };
  expect(expectedOf(odds)).toBe(500.5);
  expect([0, 500, 1000, 1200].map((hashes) => medianMore(odds, hashes))).toEqual([500, 250, 0, 0]);
});

const PROGRESS = { hashes: 2_500_000, elapsedMs: 500, hashesPerSecond: 7e6 };

test('The progress says what was done, what is expected, and what is probable', () => {
  const odds = { solutions: 1, expectedHashes: 1e9 };
  expect(progressLine(odds, PROGRESS, 200)).toBe(
    '0.5 s  2.50 MH of 1.00 GH expected  5.00 MH/s  an even chance to end within 2 min 19 s',
  );
  expect(progressLine(odds, { ...PROGRESS, hashes: 0 }, 200)).toBe('0.5 s  0 H of 1.00 GH expected');
  expect(progressLine(odds, PROGRESS, 20)).toHaveLength(19);
  expect(progressLine(undefined, PROGRESS, 200)).toBe('0.5 s  2.50 MH  5.00 MH/s');
});

function terminal(isTTY: boolean) {
  const written: string[] = [];
  const write = (text: string) => written.push(text);
  return { written, stream: { isTTY, columns: 120, write } as unknown as NodeJS.WriteStream };
}

test('The line of a terminal is removed when the search ends, also if it fails', async () => {
  const { written, stream } = terminal(true);
  const search = withProgress(
    ONE,
    async ({ onProgress }) => {
      onProgress?.(PROGRESS);
      throw new Error('it failed');
    },
    stream,
    {},
  );
  await expect(search).rejects.toThrow('it failed');
  expect(written.join('')).toContain('2.50 MH of 1.00 kH expected');
  // The last thing that is written clears the line.
  expect(written.at(-1)).toBe('\u001b[2K');
});

test.each([
  ['a stream that is not a terminal', false, {}],
  ['a terminal that cannot redraw', true, { TERM: 'dumb' }],
])('No progress is written to %s', async (_, isTTY, variables) => {
  const { written, stream } = terminal(isTTY);
  const result = await withProgress(
    ONE,
    async ({ onProgress }) => onProgress?.(PROGRESS) ?? 5,
    stream,
    variables,
  );
  expect({ result, written }).toEqual({ result: 5, written: [] });
});
