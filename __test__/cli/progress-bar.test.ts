import { expect, test } from '@jest/globals';
import { barLine, progressBar } from '../../ts/cli/progress-bar.ts';

test.each([
  [0, '░'.repeat(24)],
  [0.5, '█'.repeat(12) + '░'.repeat(12)],
  [1, '█'.repeat(24)],
])('At a completed fraction of %d, the bar is filled to this fraction', (done, bar) => {
  expect(barLine(done, 'hashing', 80)).toBe(`${bar} ${String(done * 100).padStart(3)} %  hashing`);
});

test.each([1, 10, 40])('In %d columns, the bar does not wrap', (columns) => {
  expect(barLine(0.3, 'a long description of what is being done', columns).length).toBeLessThan(columns);
});

test.each([
  ['a stream that is not a terminal', false, {}],
  ['a terminal that cannot redraw', true, { TERM: 'dumb' }],
])('The progress bar writes nothing to %s', (_, isTTY, variables) => {
  const written: string[] = [];
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) };
  const bar = progressBar(stream as unknown as NodeJS.WriteStream, variables);
  bar.show(0.5, 'hashing');
  bar.end();
  expect(written).toEqual([]);
});
