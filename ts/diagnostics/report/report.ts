import type { Figure, Finding, Section, Verdict } from '../check.ts';
import type { Machine } from '../machine.ts';

/** All that was found out; `report.json` is this, the other forms show the same. */
export interface Report {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly quick: boolean;
  /** False if it was interrupted or the time was over before all checks had run. */
  readonly complete: boolean;
  readonly machine: Machine;
  /** Cores that the control group allows; absent without a limit. */
  readonly cgroupCores?: number;
  readonly build: { readonly from: 'checkout' | 'package'; readonly commit?: string };
  /** The worst of all sections. */
  readonly verdict: Verdict;
  readonly sections: readonly Section[];
}

/** What is said before the sections: names and values. */
export function facts(report: Report): [name: string, value: string][] {
  const { machine, cgroupCores, build } = report;
  const chosen = Object.entries(machine.chosen).map(
    ([algorithm, { kernel, reason }]) => `${algorithm} ${kernel} (${reason})`,
  );
  return [
    ['date', report.startedAt],
    ['took', `${report.durationSeconds.toFixed(0)} s${report.quick ? ', quick' : ''}`],
    ['processor', machine.cpu],
    ['features', machine.features.join(' ') || 'none that a kernel uses'],
    ['kernels', `${machine.kernels.join(' ')}; chosen: ${chosen.join(', ')}`],
    ['cores', `${machine.cores}, ${machine.defaultThreads} of them for hashing`],
    ['control group', cgroupCores === undefined ? 'no limit of cores' : `${cgroupCores} cores`],
    ['system', `${machine.operatingSystem} ${machine.architecture}, Node ${machine.node}`],
    ['qanto', `${machine.qanto}, from a ${build.from}${build.commit ? ` at ${build.commit}` : ''}`],
  ];
}

/** How the report as a whole came out, in a sentence. */
export function conclusion({ verdict, complete, sections }: Report): string {
  const counts = new Map<Verdict, number>();
  for (const { findings } of sections) {
    for (const finding of findings) counts.set(finding.verdict, (counts.get(finding.verdict) ?? 0) + 1);
  }
  const counted = [...counts].map(([name, count]) => `${count} ${name}`).join(', ') || 'nothing';
  return `${verdict}: ${counted}${complete ? '' : '. Partial: it was stopped before everything was measured'}.`;
}

/** How a section was measured, and how much of the machine others used meanwhile. */
export function methodOf({ method, contention }: Section): string {
  if (contention === undefined) return method;
  return `${method} Others used ${Math.round(100 * contention)} % of the machine meanwhile.`;
}

/** A finding without its verdict; with advice where that is called for. */
export function findingText({ verdict, statement, advice }: Finding): string {
  return advice && verdict !== 'good' ? `${statement}. ${advice}` : statement;
}

/** Figures as the cells of a table, its header first: name, unit, each statistic that one of them has, samples. */
export function figureTable(figures: readonly Figure[]): string[][] {
  const statistics = [...new Set(figures.flatMap(({ values }) => Object.keys(values)))];
  const rows = figures.map(({ name, unit, values, samples }) => [
    name,
    unit,
    ...statistics.map((statistic) => (statistic in values ? numeral(values[statistic]!) : '')),
    numeral(samples),
  ]);
  return [['', 'unit', ...statistics, 'samples'], ...rows];
}

/** A number with as many digits as mean something. */
export function numeral(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
