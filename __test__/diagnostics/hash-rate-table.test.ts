import { expect, test } from '@jest/globals';
import type { HashRate } from '../../ts/diagnostics/hash-rate-summary.ts';
import { hashRateTable, resultLine } from '../../ts/diagnostics/hash-rate-table.ts';
import { machine } from '../../ts/diagnostics/machine.ts';

const rate: HashRate = {
  name: 'qanto',
  algorithm: 'sha256d',
  kernel: 'avx2',
  versions: 4,
  threads: 2,
  samples: 15,
  hashesPerCpuSecond: { p10: 1.2e7, median: 1.25e7, p90: 1.3e7 },
  nanosecondsPerHash: 80,
  hashesPerSecond: { p10: 1, median: 2, p90: 3 },
  timesBestLibrary: 31.25,
};

test('A row has the algorithm, the subject, the rate and the spread of the samples', () => {
  const [header, row] = hashRateTable([rate], 200);
  expect(header).toMatch(/^algorithm +by +M\/CPU-s +x best library +p10 to p90 +ns\/hash +samples$/);
  expect(row).toMatch(
    /^sha256d, 4 versions +qanto avx2, 2 threads +12\.5 +31\.3 +12\.0 to 13\.0 +80\.0 +15$/,
  );
});

test('A column is shown if at least one row has a value in it', () => {
  const [header, row, other] = hashRateTable([{ ...rate, scaling: 1.93, codeBytes: 2048 }, rate], 200);
  expect(header).toContain('scaling');
  expect(row).toMatch(/1\.93 +2\.0 KiB/);
  expect(other).toMatch(/– +–/);
});

test.each([60, 80])('In %d columns, the rightmost columns of the table are left out', (width) => {
  const lines = hashRateTable([rate, { ...rate, nanosecondsPerHash: 12_345 }], width);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
  expect(lines[0]).toMatch(/^algorithm/);
  expect(lines[0]).not.toContain('samples');
});

test.each([20, 32, 40])('In %d columns, each rate has two lines', (width) => {
  const lines = hashRateTable([rate, rate], width);
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
  expect(lines).toHaveLength(5);
  expect(lines[1]).toMatch(/^ +12\.5 {2}sha256d/);
  expect(lines[2]).toMatch(/^ +qanto avx2/);
});

test('The line for an issue has the processor, and the kernel, the median and the spread of each hash function', () => {
  const here = {
    ...machine(),
    cpu: 'Neoverse-N1',
    operatingSystem: 'linux',
    architecture: 'arm64',
    qanto: '1.2.3',
  };
  const others = [
    { ...rate, threads: 2 },
    { ...rate, name: 'node:crypto' },
  ];
  const own = [
    { ...rate, kernel: 'sha2' as const, versions: 1, threads: 1 },
    { ...rate, algorithm: 'blake3' as const, kernel: 'neon' as const, threads: 1 },
  ];
  expect(resultLine(here, [...others, ...own])).toBe(
    'qanto 1.2.3 on Neoverse-N1, linux arm64; MH/CPU-s on one thread, median (p10 to p90): ' +
      'sha256d by sha2 12.5 (12.0 to 13.0); blake3, 4 versions by neon 12.5 (12.0 to 13.0)',
  );
  expect(resultLine(here, others)).toBeUndefined();
});
