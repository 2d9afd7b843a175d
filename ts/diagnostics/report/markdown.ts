import type { Figure, Section } from '../check.ts';
import { conclusion, facts, numeral, type Report } from './report.ts';

/** The whole report. */
export function reportMarkdown(report: Report): string {
  return `# qanto diagnose\n\n${conclusion(report)}\n\n${factsMarkdown(report)}\n${report.sections.map(sectionMarkdown).join('\n')}`;
}

/** The machine and the build as a list. */
export function factsMarkdown(report: Report): string {
  return facts(report)
    .map(([name, value]) => `- ${name}: ${value}\n`)
    .join('');
}

/** One check: method, table of figures, findings. */
export function sectionMarkdown({ title, method, figures, findings, contention }: Section): string {
  const busy =
    contention === undefined
      ? ''
      : ` Others used ${Math.round(100 * contention)} % of the machine meanwhile.`;
  const lines = findings.map(
    ({ verdict, statement, advice }) =>
      `- **${verdict}**: ${statement}${advice && verdict !== 'good' ? `. ${advice}` : ''}\n`,
  );
  return `## ${title}\n\n${method}${busy}\n\n${figuresMarkdown(figures)}${lines.join('')}`;
}

function figuresMarkdown(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const statistics = [...new Set(figures.flatMap(({ values }) => Object.keys(values)))];
  const header = ['', 'unit', ...statistics, 'samples'];
  const rows = figures.map(({ name, unit, values, samples }) => [
    name,
    unit,
    ...statistics.map((statistic) => (statistic in values ? numeral(values[statistic]!) : '')),
    numeral(samples),
  ]);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
  const alignment = header.map((_, index) => (index < 2 ? '---' : '--:'));
  return `${[header, alignment, ...rows].map(line).join('')}\n`;
}
