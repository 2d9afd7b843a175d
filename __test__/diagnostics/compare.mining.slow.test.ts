import { expect, test } from '@jest/globals';
import { execute, ROOT } from '../package/install.ts';

test('The program bench/compare.mjs prints a row for every algorithm and kernel, with a ratio inside its interval', () => {
  const args = ['bench/compare.mjs', '.', '.', '--seconds', '1'];
  const { code, output } = execute(process.execPath, args, { cwd: ROOT });
  expect({ code, output }).toMatchObject({ code: 0 });
  const rows = output
    .split('\n')
    .filter((line) => /^\| (sha|blake)/.test(line))
    .map((line) => line.split(' | '));
  const algorithms = new Set(rows.map(([algorithm]) => algorithm!.slice(2)));
  expect(algorithms).toEqual(new Set(['sha256d', 'sha256d, 16 versions', 'sha256', 'blake3']));
  for (const [, , base, head, ratio] of rows) {
    const [middle, low, high] = ratio!.match(/\d+\.\d+/g)!.map(Number);
    expect(Number(base)).toBeGreaterThan(0);
    expect(Number(head)).toBeGreaterThan(0);
    expect(middle).toBeGreaterThanOrEqual(low!);
    expect(middle).toBeLessThanOrEqual(high!);
  }
});
