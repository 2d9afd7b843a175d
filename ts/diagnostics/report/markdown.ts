import type { Figure, Section } from '../check.ts';
import { conclusion, facts, figureTable, findingText, methodOf, type Report } from './report.ts';

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
export function sectionMarkdown(section: Section): string {
  const findings = section.findings.map((finding) => `- **${finding.verdict}**: ${findingText(finding)}\n`);
  return `## ${section.title}\n\n${methodOf(section)}\n\n${figuresMarkdown(section.figures)}${findings.join('')}`;
}

function figuresMarkdown(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const [header, ...rows] = figureTable(figures);
  const alignment = header!.map((_, index) => (index < 2 ? '---' : '--:'));
  return `${[header!, alignment, ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('')}\n`;
}
