import type { Figure, Finding, Section, Verdict } from '../check.ts';
import { choiceText } from '../kernel-choice.ts';
import type { Machine } from '../machine.ts';

/** The results of all checks. `report.json` contains this object; the other formats show the same. */
export interface Report {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly durationSeconds: number;
  readonly quick: boolean;
  /** False if the run was interrupted or exceeded its time limit before all checks had finished. */
  readonly complete: boolean;
  readonly machine: Machine;
  /** Number of cores that the control group allows; absent without a limit. */
  readonly cgroupCores?: number;
  readonly build: { readonly from: 'checkout' | 'package'; readonly commit?: string };
  /** The worst verdict of the sections. */
  readonly verdict: Verdict;
  readonly sections: readonly Section[];
}

/** Names and values that describe the run and the machine. */
export function facts(report: Report): [name: string, value: string][] {
  const { machine, cgroupCores, build } = report;
  const chosen = Object.entries(machine.chosen).map(
    ([algorithm, choice]) => `${algorithm} ${choiceText(choice)}`,
  );
  return [
    ['date', report.startedAt],
    ['duration', `${report.durationSeconds.toFixed(0)} s${report.quick ? ', quick' : ''}`],
    ['processor', machine.cpu],
    ['features', machine.features.join(' ') || 'none that a kernel uses'],
    ['kernels', `${machine.kernels.join(' ')}; selected: ${chosen.join(', ')}`],
    ['cores', `${machine.cores}, ${machine.defaultThreads} used for hashing`],
    ['control group', cgroupCores === undefined ? 'no CPU limit' : `limit of ${cgroupCores} cores`],
    ['system', `${machine.operatingSystem} ${machine.architecture}, Node ${machine.node}`],
    ['qanto', `${machine.qanto}, from a ${build.from}${build.commit ? ` at ${build.commit}` : ''}`],
  ];
}

/** The verdict of the report with the number of findings for each verdict. */
export function conclusion({ verdict, complete, sections }: Report): string {
  const counts = new Map<Verdict, number>();
  for (const { findings } of sections) {
    for (const finding of findings) counts.set(finding.verdict, (counts.get(finding.verdict) ?? 0) + 1);
  }
  const counted = [...counts].map(([name, count]) => `${count} ${name}`).join(', ') || 'no findings';
  const partial = ' The report is partial, because the measurement was stopped before its end.';
  return `Result: ${verdict} (${counted}).${complete ? '' : partial}`;
}

/** The method of a section, with the CPU time that other processes used during the check. */
export function methodOf({ method, contention }: Section): string {
  if (contention === undefined) return method;
  return `${method} Other processes used ${Math.round(100 * contention)} % of the CPU time during this check.`;
}

/** The statement of a finding, followed by its advice if the verdict is not good. */
export function findingText({ verdict, statement, advice }: Finding): string {
  return advice && verdict !== 'good' ? `${statement}. ${advice}` : statement;
}

/** Figures as cells of a table, header first: name, unit, every statistic that a figure has, and number of samples. */
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

/** A number with three significant digits, or all digits of its integer part. */
export function numeral(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Number.isInteger(value)) return value.toLocaleString('en-US');
  return Math.abs(value) >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3);
}
