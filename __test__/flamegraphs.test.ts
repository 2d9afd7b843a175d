import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { hashingShare, readFlamegraph, shareOf } from '../ts/diagnostics/flamegraph/svg.ts';
import { SCENARIO_NAMES } from '../ts/diagnostics/scenarios/index.ts';

const MIN_SAMPLES = 1000;

function svgOf(scenario: string): string {
  return readFileSync(`flamegraphs/${scenario}.svg`, 'utf8');
}

describe.each(SCENARIO_NAMES)('The flamegraph %s', (scenario) => {
  const flamegraph = readFlamegraph(svgOf(scenario));

  test('has at least 1,000 samples', () => {
    expect(flamegraph.samples).toBeGreaterThanOrEqual(MIN_SAMPLES);
  });

  test('shows the hashing kernel on the threads of the pool', () => {
    expect(hashingShare(flamegraph)).toBeGreaterThan(0.1);
    expect(shareOf(flamegraph, /^qanto-pow-\d+$/)).toBeGreaterThanOrEqual(hashingShare(flamegraph));
  });

  test("shows qanto's own JavaScript and the binding that it calls", () => {
    expect(shareOf(flamegraph, /^JS:.* dist\/pow\//)).toBeGreaterThan(0);
    expect(shareOf(flamegraph, /\bqanto_napi::/)).toBeGreaterThan(0);
  });

  test('contains no path of the machine on which it was recorded', () => {
    expect(flamegraph.frames.filter(({ name }) => /(file:|\s)\/.*\/.*\.[cm]?js/.test(name))).toEqual([]);
  });
});

test('Basic mining spends at least 80 % of its CPU time in the hashing kernel', () => {
  expect(hashingShare(readFlamegraph(svgOf('basic_mining')))).toBeGreaterThanOrEqual(0.8);
});

describe('The reader of flamegraphs', () => {
  const frame = (name: string, x: number, w: number) =>
    `<g><title>${name} (${w} samples, 1.00%)</title><rect x="0%" y="5" width="1%" height="15" fill="rgb(1,2,3)" fg:x="${x}" fg:w="${w}"/></g>`;
  const svg = `<svg id="frames" x="10" width="1180" total_samples="100">${[
    frame('all', 0, 100),
    frame('a&lt;b&gt;', 10, 20),
    frame('a&lt;b&gt;', 10, 5),
    frame('a&lt;b&gt;', 60, 10),
  ].join('')}</svg>`;

  test('counts a sample once, even if the frame is in its stack several times', () => {
    expect(shareOf(readFlamegraph(svg), /^a<b>$/)).toBeCloseTo(0.3);
  });

  test('returns 0 if no frame has the name', () => {
    expect(hashingShare(readFlamegraph(svg))).toBe(0);
  });

  test('refuses a file that is not a flamegraph', () => {
    expect(() => readFlamegraph('<svg></svg>')).toThrow('not a flamegraph');
  });
});
