import { expect, test } from '@jest/globals';
import { statusBlock, statusJson, statusLine, summaryLine } from '../../ts/cli/status-view.ts';
import type { NodeStatus } from '../../ts/node/index.ts';

const plain = { bold: (text: string) => text, dim: (text: string) => text, ellipsis: '…' };

const status: NodeStatus = {
  network: 'devnet',
  blocks: 1235,
  tips: 1,
  blueScore: 1234,
  difficulty: 0.00291,
  sink: 'ab'.repeat(32),
  clockOffsetMs: 0,
  lastBlockAgeMs: 440.4,
  uptimeMs: 63_000.7,
  miner: {
    state: 'mining',
    threads: 2,
    circuit: 'closed',
    counts: { mined: 57, stale: 0, timedOut: 0, exhausted: 0, cancelled: 0, failed: 0 },
    hashes: 756_000_000,
    hashesPerSecond: 12_300_000,
  },
};

test('The status has two columns in a wide terminal', () => {
  expect(statusBlock(status, 80, plain)).toBe(
    [
      'qanto devnet · mining, up 1 min 03 s',
      '  blocks      1,235 (57 mined)            tips        1',
      '  blue score  1,234                       difficulty  0.00291 (12.5 MH/block)',
      '  hash rate   12.3 MH/s                   last block  0.4 s ago',
    ].join('\n'),
  );
});

test('The status has one column in a narrow terminal', () => {
  expect(statusBlock(status, 40, plain).split('\n')).toHaveLength(7);
});

test.each([200, 80, 72, 71, 40, 20, 10, 1])(
  'In a terminal of %d columns, no line of the status is wider than the terminal',
  (columns) => {
    for (const ellipsis of ['…', '...']) {
      const lines = statusBlock(status, columns, { ...plain, ellipsis }).split('\n');
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(columns);
    }
  },
);

test('The style adds attributes to the text of the status and does not change it', () => {
  const style = {
    ...plain,
    bold: (text: string) => `<b>${text}</b>`,
    dim: (text: string) => `<i>${text}</i>`,
  };
  const styled = statusBlock(status, 80, style);
  expect(styled).toContain('<b>qanto');
  expect(styled.replaceAll(/<\/?[bi]>/g, '')).toBe(statusBlock(status, 80, plain));
});

test('Timeouts and failures are shown if there are any', () => {
  const counts = { ...status.miner.counts, timedOut: 3 };
  const troubled = { ...status, miner: { ...status.miner, counts } };
  expect(statusBlock(status, 80, plain)).not.toContain('timed-out');
  expect(statusBlock(troubled, 80, plain)).toContain('timed-out   3');
});

test('A clock that is not used is shown with its difference from the time that is used', () => {
  expect(statusBlock(status, 80, plain)).not.toContain('clock');
  const ahead = { ...status, clockOffsetMs: -86_400_000 };
  expect(statusBlock(ahead, 80, plain)).toContain('clock       1 d 00 h ahead');
  expect(statusLine({ ...status, clockOffsetMs: 90_000 })).toContain(', clock 1 min 30 s behind');
});

test('A hash rate that is not yet known is shown as measuring, not as 0', () => {
  const measuring = { ...status, miner: { ...status.miner, hashesPerSecond: undefined } };
  expect(statusBlock(measuring, 80, plain)).toContain('hash rate   measuring');
});

test('The status as a line has the same values as the block', () => {
  expect(statusLine(status)).toBe(
    'mining, up 1 min 03 s: blocks 1,235 (57 mined), tips 1, blue score 1,234, difficulty 0.00291 (12.5 MH/block), hash rate 12.3 MH/s, last block 0.4 s ago',
  );
});

test('The status as JSON has numbers in base units, and null for unknown values', () => {
  const early = { ...status, lastBlockAgeMs: undefined };
  expect(JSON.parse(statusJson(early, 'status'))).toMatchObject({
    type: 'status',
    blocks: 1235,
    lastBlockAgeMs: null,
    uptimeMs: 63_001,
    miner: { counts: { mined: 57 }, hashesPerSecond: 12_300_000 },
  });
});

test('The summary has the number of mined blocks, the hash rate and the size of the DAG', () => {
  expect(summaryLine(status)).toBe(
    'stopped after 1 min 03 s: 57 blocks mined at 12.0 MH/s; the DAG has 1,235 blocks, all stored',
  );
});
