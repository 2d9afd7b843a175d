import type { Figure, Finding, Section } from '../check.ts';
import { escapeXml, plotSvg } from './plot.ts';
import { conclusion, facts, figureTable, findingText, methodOf, type Report } from './report.ts';
import { reportStyle } from './style.ts';

/** The report as one HTML page without external resources. The findings that are not good come first. */
export function reportHtml(report: Report): string {
  const rows = facts(report).map(([name, value]) => `<tr><th>${name}</th><td>${escapeXml(value)}</td></tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>qanto diagnose</title><style>${reportStyle()}</style></head><body><main>
<h1>qanto diagnose</h1>
<p class="result ${report.verdict}">${escapeXml(conclusion(report))}</p>
${adviceHtml(report.sections)}
<div class="scroll"><table class="facts">${rows.join('')}</table></div>
${report.sections.map(sectionHtml).join('\n')}
</main></body></html>
`;
}

function adviceHtml(sections: readonly Section[]): string {
  const items = sections.flatMap(({ id, title, findings }) =>
    findings
      .filter(({ verdict }) => verdict !== 'good')
      .map((finding) => findingHtml(finding, `<a href="#${id}">${escapeXml(title)}</a>: `)),
  );
  if (items.length === 0) return '';
  return `<div class="advice"><h2>What to do</h2>
<ul>${items.join('\n')}</ul></div>`;
}

function sectionHtml(section: Section): string {
  const plots = (section.plots ?? []).map(
    (plot) => `<h3>${escapeXml(plot.title)}</h3><div class="scroll">${plotSvg(plot)}</div>`,
  );
  return `<h2 id="${section.id}">${escapeXml(section.title)}</h2>
<p class="method">${escapeXml(methodOf(section))}</p>
${figuresHtml(section.figures)}
<ul>${section.findings.map((finding) => findingHtml(finding)).join('\n')}</ul>
${plots.join('\n')}`;
}

function findingHtml(finding: Finding, prefix = ''): string {
  const { verdict } = finding;
  return `<li>${prefix}<b class="${verdict}">${verdict}</b>: ${escapeXml(findingText(finding))}</li>`;
}

function figuresHtml(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const [header, ...rows] = figureTable(figures);
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
  const lines = [line('th', header!), ...rows.map((cells) => line('td', cells))];
  return `<div class="scroll"><table>${lines.join('')}</table></div>`;
}
