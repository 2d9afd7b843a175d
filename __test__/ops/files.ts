/** The files in ops/, and the metrics that they name. Jest runs in the project's root. */
import { readdirSync, readFileSync } from 'node:fs';
import { METRICS, type MetricDefinition } from '../../ts/telemetry/metrics/index.ts';

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly {
    readonly expr: string;
    readonly refId: string;
    readonly legendFormat: string;
    readonly datasource: { readonly uid: string };
  }[];
}

export const DASHBOARD_FILE = 'ops/grafana/qanto.json';

/** The panels of the dashboard, rows included. */
export function dashboardPanels(): Panel[] {
  return (JSON.parse(readFileSync(DASHBOARD_FILE, 'utf8')) as { panels: Panel[] }).panels;
}

export function dashboardQueries(): string[] {
  return dashboardPanels().flatMap(({ targets = [] }) => targets.map(({ expr }) => expr));
}

/** The texts of the rules, without comments. */
export function ruleTexts(): string[] {
  const folder = 'ops/prometheus/rules';
  return readdirSync(folder).map((file) =>
    readFileSync(`${folder}/${file}`, 'utf8').replaceAll(/^ *#.*$/gm, ''),
  );
}

/** The names of the series of all metrics. */
export const SERIES_NAMES: ReadonlySet<string> = new Set(
  Object.entries<MetricDefinition>(METRICS).flatMap(([name, { type }]) =>
    type === 'histogram' ? ['_bucket', '_sum', '_count'].map((suffix) => name + suffix) : [name],
  ),
);

/** The names of qanto's series in a text. Names with colons belong to recording rules and are not included. */
export function seriesNamesIn(text: string): string[] {
  return [...text.matchAll(/(?<![\w:])qanto_[a-z0-9_]+(?![\w:])/g)].map(([name]) => name);
}
