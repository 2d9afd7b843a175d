import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { METRIC_NAMES, METRICS, type MetricDefinition } from '../../ts/telemetry/metrics/index.ts';
import {
  DASHBOARD_FILE,
  dashboardPanels,
  dashboardQueries,
  ruleTexts,
  SERIES_NAMES,
  seriesNamesIn,
} from './files.ts';

/** The metrics of prom-client that the dashboard shows. */
const OF_THE_PROCESS = new Set(['process_resident_memory_bytes', 'process_cpu_seconds_total']);

describe('The Grafana dashboard', () => {
  test('equals the output of its code', () => {
    const made = execFileSync(process.execPath, ['ops/grafana/dashboard.mjs'], { encoding: 'utf8' });
    // Run `npm run ops:dashboard` after a change.
    expect(readFileSync(DASHBOARD_FILE, 'utf8')).toBe(made);
  });

  test('shows every metric', () => {
    const shown = new Set(dashboardQueries().flatMap(seriesNamesIn));
    const missing = METRIC_NAMES.filter(
      (name) => !['', '_bucket', '_sum', '_count'].some((suffix) => shown.has(name + suffix)),
    );
    expect(missing).toEqual([]);
  });

  test('names no metric that does not exist', () => {
    const named = dashboardQueries().flatMap((query) => query.match(/\b[a-z]+_[a-z0-9_]+(?=\{)/g) ?? []);
    expect(named.length).toBeGreaterThan(METRIC_NAMES.length);
    expect(named.filter((name) => !SERIES_NAMES.has(name) && !OF_THE_PROCESS.has(name))).toEqual([]);
    expect(
      dashboardQueries()
        .flatMap(seriesNamesIn)
        .filter((name) => !SERIES_NAMES.has(name)),
    ).toEqual([]);
  });

  test('uses no label that its metrics do not have', () => {
    for (const query of dashboardQueries()) expect(unknownLabels(query)).toEqual([]);
  });

  test('has a unique id for every panel', () => {
    const ids = dashboardPanels().map(({ id }) => id);
    expect(ids.every(Number.isInteger)).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('has no overlapping panels, and no panel outside of the grid', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of dashboardPanels()) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect({ title, free: !taken.has(`${x},${y}`) }).toEqual({ title, free: true });
          taken.add(`${x},${y}`);
        }
      }
    }
  });

  const panels = dashboardPanels().filter(({ type }) => type !== 'row');

  test('has a unique title for every panel', () => {
    const titles = panels.map(({ title }) => title);
    expect(titles.every(Boolean)).toBe(true);
    expect(new Set(titles).size).toBe(titles.length);
  });

  test.each(panels.map((panel) => [panel.title, panel] as const))(
    'has a panel %s with a description, a unit, and queries of the selected data source and nodes',
    (_title, { description, fieldConfig, datasource, targets = [] }) => {
      expect(description).toMatch(/\w/);
      expect(fieldConfig?.defaults.unit).toMatch(/\w/);
      expect(datasource).toEqual({ type: 'prometheus', uid: '$datasource' });
      expect(targets.length).toBeGreaterThan(0);
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
      for (const target of targets) {
        expect(target.datasource.uid).toBe('$datasource');
        expect(target.expr).toContain('instance=~"$instance"');
        expect(target.legendFormat).toMatch(/\w/);
      }
    },
  );

  test('shows rates of counters, and never a counter itself', () => {
    const bare = dashboardQueries().filter((query) =>
      [...query.matchAll(/(rate|increase)?\(?(\w+)(?=\{)/g)].some(
        ([, fn, name]) => name!.endsWith('_total') && fn === undefined,
      ),
    );
    expect(bare).toEqual([]);
  });
});

describe('The Prometheus rules', () => {
  test('name no metric that does not exist', () => {
    const named = ruleTexts().flatMap(seriesNamesIn);
    expect(named.length).toBeGreaterThan(0);
    expect(named.filter((name) => !SERIES_NAMES.has(name))).toEqual([]);
  });

  test('use only recorded series that a rule records', () => {
    const text = ruleTexts().join('\n');
    const recorded = new Set([...text.matchAll(/record: (\S+)/g)].map(([, name]) => name));
    const used = [...text.matchAll(/\binstance:\w+:\w+/g)].map(([name]) => name);
    expect(used.length).toBeGreaterThan(recorded.size);
    expect(used.filter((name) => !recorded.has(name))).toEqual([]);
  });

  test('use no label that their metrics do not have', () => {
    for (const text of ruleTexts()) expect(unknownLabels(text)).toEqual([]);
  });

  test('have a test in which they fire and one in which they do not, for each alert', () => {
    const alerts = [
      ...ruleTexts()
        .join('\n')
        .matchAll(/alert: (\w+)/g),
    ].map(([, name]) => name!);
    const tests = readFileSync('ops/prometheus/tests/alerts.yml', 'utf8');
    expect(alerts).toHaveLength(11);
    for (const alert of alerts) {
      const cases = tests.split(`alertname: ${alert}\n`).slice(1);
      const silent = cases.filter((text) => /^ *eval_time: \w+\n *exp_alerts: \[\]/.test(text));
      expect({ alert, silent: silent.length > 0, firing: cases.length > silent.length }).toEqual({
        alert,
        silent: true,
        firing: true,
      });
    }
  });
});

/** The labels in the matchers of a metric that the metric does not have. */
function unknownLabels(text: string): string[] {
  return [...text.matchAll(/(qanto_\w+?)(_bucket|_sum|_count)?\{([^}]*)\}/g)].flatMap(
    ([, name, , matchers]) => {
      const definition = (METRICS as Record<string, MetricDefinition>)[name!];
      const known = ['instance', 'job', 'le', ...(definition?.labels ?? [])];
      const used = [...matchers!.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label]) => label!);
      return used.filter((label) => !known.includes(label)).map((label) => `${name}{${label}}`);
    },
  );
}
