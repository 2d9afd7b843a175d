import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { METRICS, type MetricDefinition } from '../../ts/telemetry/metrics/index.ts';

test('The document docs/metrics.md lists exactly the metrics that the code defines', () => {
  const rows = readFileSync('docs/metrics.md', 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('| `qanto_'));
  const expected = Object.entries<MetricDefinition>(METRICS).map(
    ([name, { type, labels, help }]) => `| \`${name}\` | ${type} | ${labels.join(', ')} | ${help} |`,
  );
  expect(rows).toEqual(expected);
});

test('Metrics are named as Prometheus recommends: with base units, and with _total only for counters', () => {
  const units =
    /_(seconds|bytes|blocks|threads|jobs|hashes|info|per_second|total|state|tips|orphans|polls|score|difficulty|tries|connections|sessions)$/;
  for (const [name, { type, help, labels }] of Object.entries<MetricDefinition>(METRICS)) {
    expect(name).toMatch(/^qanto_[a-z]+(_[a-z]+)*$/);
    expect(name).toMatch(units);
    expect({ name, total: name.endsWith('_total') }).toEqual({ name, total: type === 'counter' });
    expect(help).toMatch(/^\S.*[^.\s]$/);
    expect(new Set(labels).size).toBe(labels.length);
  }
});
