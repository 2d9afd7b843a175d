import type { Figure, Finding, Section } from '../check.ts';
import { escapeXml, plotSvg } from './plot.ts';
import { conclusion, facts, figureTable, findingText, methodOf, type Report } from './report.ts';

/** Wide content scrolls inside its own box, so that the page fits narrow screens. */
const STYLE = `
:root {
  color-scheme: light dark;
  --text: #222; --muted: #5c5c5c; --background: #fff; --line: #ddd; --box: #f6f6f6;
  --good: #047857; --warn: #b45309; --fail: #b91c1c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e4e4e4; --muted: #a3a3a3; --background: #161616; --line: #3d3d3d; --box: #222;
    --good: #34d399; --warn: #fbbf24; --fail: #f87171;
    --plot-1: #60a5fa; --plot-2: #fbbf24; --plot-3: #34d399; --plot-4: #a78bfa;
  }
}
body {
  font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: var(--text); background: var(--background); overflow-wrap: anywhere;
}
table { border-collapse: collapse; font-size: 13px; }
th, td { padding: 0.15rem 0.7rem; text-align: right; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th:first-child, td:first-child, .facts td { text-align: left; }
td:first-child { min-width: 9rem; }
.facts th, .facts td { vertical-align: top; }
.facts td { min-width: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; margin: 0.5rem 0; }
.advice { padding: 0.1rem 1rem; background: var(--box); border-left: 4px solid var(--line); }
.method, .unknown { color: var(--muted); }
.good { color: var(--good); } .warn { color: var(--warn); } .fail { color: var(--fail); }
a { color: inherit; }
svg { display: block; }
`;

/** The report as one HTML page without external resources. The findings that are not good come first. */
export function reportHtml(report: Report): string {
  const rows = facts(report).map(([name, value]) => `<tr><th>${name}</th><td>${escapeXml(value)}</td></tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>qanto diagnose</title><style>${STYLE}</style></head><body>
<h1>qanto diagnose</h1>
<p class="${report.verdict}">${escapeXml(conclusion(report))}</p>
${adviceHtml(report.sections)}
<div class="scroll"><table class="facts">${rows.join('')}</table></div>
${report.sections.map(sectionHtml).join('\n')}
</body></html>
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
