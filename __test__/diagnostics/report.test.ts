import { describe, expect, test } from '@jest/globals';
import type { Section } from '../../ts/diagnostics/check.ts';
import { reportHtml } from '../../ts/diagnostics/report/html.ts';
import { reportMarkdown } from '../../ts/diagnostics/report/markdown.ts';
import { escapeXml, histogram, plotSvg } from '../../ts/diagnostics/report/plot.ts';
import { conclusion, facts, numeral, type Report } from '../../ts/diagnostics/report/report.ts';

const section: Section = {
  id: 'cancellation',
  title: 'Cancellation <latency>',
  method: 'From abort() to rejection.',
  contention: 0.42,
  figures: [
    { name: 'sha256d', unit: 'ms', samples: 1234, values: { p50: 0.12345, p99: 1.5 } },
    { name: 'blake3', unit: 'ms', samples: 7, values: { p50: 0.25, slope: -3 } },
  ],
  findings: [
    { verdict: 'good', statement: 'quick enough', advice: 'never shown' },
    { verdict: 'fail', statement: 'too late', advice: 'be earlier' },
  ],
  verdict: 'fail',
  plots: [histogram('Latency', 'ms', [1, 2, 3])],
};

const report: Report = {
  startedAt: '2025-01-02T03:04:05.678Z',
  durationSeconds: 12.3,
  quick: true,
  complete: false,
  machine: {
    cpu: 'Some & Processor',
    cores: 4,
    operatingSystem: 'linux',
    node: 'v22.12.0',
    qanto: '1.2.3',
    architecture: 'x64',
    features: ['avx2'],
    kernels: ['avx2', 'portable'],
    chosen: {
      sha1: { kernel: 'portable', reason: 'detection' },
      sha256: { kernel: 'avx2', reason: 'detection' },
      sha256d: { kernel: 'portable', reason: 'variable' },
      sha512: { kernel: 'portable', reason: 'detection' },
      sha512d: { kernel: 'portable', reason: 'detection' },
      blake2b: { kernel: 'portable', reason: 'detection' },
      blake3: { kernel: 'avx2', reason: 'detection' },
    },
    defaultThreads: 3,
  },
  cgroupCores: 2.5,
  build: { from: 'checkout', commit: 'abc1234' },
  verdict: 'fail',
  sections: [section],
};

describe.each([
  ['report.md', reportMarkdown(report), (text: string) => text],
  ['report.html', reportHtml(report), escapeXml],
])('The file %s', (_name, text, asText) => {
  test('has every figure with its unit, its statistics and its number of samples', () => {
    for (const { name, unit, samples, values } of section.figures) {
      const row = text.split(/\n|<\/tr>/).find((line) => line.includes(name) && line.includes(unit))!;
      for (const value of Object.values(values)) expect(row).toContain(numeral(value));
      expect(row).toContain(numeral(samples));
    }
  });

  test('has every finding with its verdict, and its advice if it is not good', () => {
    expect(text).toContain('quick enough');
    expect(text).not.toContain('never shown');
    expect(text).toMatch(/fail(\*\*|<\/b>): too late\. be earlier/);
  });

  test('has the method, the CPU time of other processes, the machine and the conclusion', () => {
    expect(text).toContain(section.method);
    expect(text).toContain('Other processes used 42 % of the CPU time during this check.');
    for (const [name, value] of facts(report)) {
      expect(text).toContain(name);
      expect(text).toContain(asText(value));
    }
    expect(text).toContain(conclusion(report));
  });
});

test('The page report.html has the plots and no external resources', () => {
  const html = reportHtml(report);
  expect(html).toContain('<svg');
  expect(html).toContain('Cancellation &lt;latency&gt;');
  expect(html.replaceAll('xmlns="http://www.w3.org/2000/svg"', '')).not.toMatch(/https?:|src=|<link|<script/);
});

test('The page report.html has the findings that are not good, with their advice, before everything else', () => {
  const html = reportHtml({
    ...report,
    sections: [
      section,
      {
        ...section,
        id: 'memory',
        findings: [{ verdict: 'unknown', statement: 'too few', advice: 'run longer' }],
      },
    ],
  });
  const [, top] = /<div class="advice">(.*?)<\/div>/s.exec(html)!;
  expect(top).toContain('<b class="fail">fail</b>: too late. be earlier');
  expect(top).toContain('<b class="unknown">unknown</b>: too few. run longer');
  expect(top).toContain('<a href="#memory">');
  expect(top).not.toContain('quick enough');
  expect(html).toContain('<h2 id="memory">');
  for (const later of ['<table', '<h2 id=']) {
    expect(html.indexOf('class="advice"')).toBeLessThan(html.indexOf(later));
  }
});

test('The page report.html has no advice if every finding is good', () => {
  const good = { ...section, findings: section.findings.filter(({ verdict }) => verdict === 'good') };
  expect(reportHtml({ ...report, sections: [good] })).not.toContain('class="advice"');
});

test('The page report.html has a dark style and scrolls wide content inside its own boxes', () => {
  const html = reportHtml(report);
  expect(html).toContain('@media (prefers-color-scheme: dark)');
  expect(html).toContain('<meta name="viewport" content="width=device-width, initial-scale=1">');
  for (const element of ['<table', '<svg']) {
    const all = html.split(element).length - 1;
    expect(all).toBeGreaterThan(0);
    expect(html.split(`<div class="scroll">${element}`).length - 1).toBe(all);
  }
  // A colour that is set in the SVG would not change with the style of the page.
  expect(html).not.toMatch(/ fill="#| stroke="#(?!888)/);
});

test('The conclusion counts the verdicts and says that a stopped run is partial', () => {
  expect(conclusion(report)).toBe(
    'Result: fail (1 good, 1 fail). The report is partial, because the measurement was stopped before its end.',
  );
});

describe('A histogram', () => {
  test('counts every value once, with outliers in its last bin', () => {
    const values = [...Array.from({ length: 999 }, (_, index) => index / 100), 1e6];
    const { bars } = histogram('', 'ms', values);
    expect(bars.reduce((sum, { value }) => sum + value, 0)).toBe(1000);
    expect(bars[0]!.value).toBeGreaterThan(50);
    expect(bars.at(-1)!.label).toContain('and more');
  });

  test('is drawn with a bar for each bin', () => {
    const plot = histogram('Latency', 'ms', [1, 2, 3]);
    expect(plotSvg(plot).match(/<rect /g)).toHaveLength(plot.bars.length);
  });
});

test('A line plot has a line for each series, with higher values further up', () => {
  const svg = plotSvg({
    kind: 'line',
    title: 'Memory',
    xUnit: 'jobs',
    yUnit: 'MiB',
    lines: [
      {
        label: 'RSS',
        points: [
          [0, 10],
          [100, 80],
        ],
      },
      {
        label: 'heap',
        points: [
          [0, 5],
          [100, 5],
        ],
      },
    ],
  });
  const [rss, heap] = Array.from(svg.matchAll(/points="([^"]*)"/g), ([, points]) =>
    points!.split(' ').map((point) => Number(point.split(',')[1])),
  );
  expect(rss![1]).toBeLessThan(rss![0]!);
  expect(heap![0]).toBe(heap![1]);
});
