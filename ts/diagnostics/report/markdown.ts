import type { Figure, Section } from '../check.ts';
import { conclusion, facts, figureTable, findingText, methodOf, type Report } from './report.ts';

/** The report as Markdown. */
export function reportMarkdown(report: Report): string {
  return `# qanto diagnose\n\n${conclusion(report)}\n\n${factsMarkdown(report)}\n${report.sections.map(sectionMarkdown).join('\n')}`;
}

/** The description of the machine and the build as a list. */
export function factsMarkdown(report: Report): string {
  return facts(report)
    .map(([name, value]) => `- ${name}: ${value}\n`)
    .join('');
}

/** The section of one check: its method, a table of its figures, and its findings. */
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
