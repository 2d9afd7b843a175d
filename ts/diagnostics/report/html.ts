import type { Figure, Section } from '../check.ts';
import { escapeXml, plotSvg } from './plot.ts';
import { conclusion, facts, figureTable, findingText, methodOf, type Report } from './report.ts';

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; margin: 0.5rem 0; font-size: 13px; }
th, td { padding: 0.15rem 0.7rem; text-align: right; border-bottom: 1px solid #ddd; }
th:first-child, td:first-child { text-align: left; }
.method { color: #666; }
.good { color: #047857; } .warn { color: #b45309; } .fail { color: #b91c1c; } .unknown { color: #666; }
svg { display: block; max-width: 100%; height: auto; margin: 0.3rem 0 1rem; }
`;

/** The whole report as one page that needs nothing else. */
export function reportHtml(report: Report): string {
  const rows = facts(report).map(([name, value]) => `<tr><th>${name}</th><td>${escapeXml(value)}</td></tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>qanto diagnose</title><style>${STYLE}</style></head><body>
<h1>qanto diagnose</h1>
<p class="${report.verdict}">${escapeXml(conclusion(report))}</p>
<table>${rows.join('')}</table>
${report.sections.map(sectionHtml).join('\n')}
</body></html>
`;
}

function sectionHtml(section: Section): string {
  const findings = section.findings.map(
    (finding) =>
      `<li><b class="${finding.verdict}">${finding.verdict}</b>: ${escapeXml(findingText(finding))}</li>`,
  );
  const plots = (section.plots ?? []).map((plot) => `<h4>${escapeXml(plot.title)}</h4>${plotSvg(plot)}`);
  return `<h2>${escapeXml(section.title)}</h2>
<p class="method">${escapeXml(methodOf(section))}</p>
${figuresHtml(section.figures)}
<ul>${findings.join('')}</ul>
${plots.join('\n')}`;
}

function figuresHtml(figures: readonly Figure[]): string {
  if (figures.length === 0) return '';
  const [header, ...rows] = figureTable(figures);
  const line = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line('th', header!)}${rows.map((cells) => line('td', cells)).join('')}</table>`;
}
