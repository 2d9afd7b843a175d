/** The style of report.html: the colours and the type of the page that a node serves, and a layout of its own. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** Wide content scrolls inside its own box, so that the page fits narrow screens. */
const LAYOUT = `
:root {
  --fail: var(--red);
  --plot-1: var(--blue); --plot-2: var(--old); --plot-3: var(--new); --plot-4: var(--pending);
}
body {
  margin: 0; padding: 1.5rem 1rem 3rem; font: 15px/1.5 var(--sans);
  color: var(--ink); background: var(--ground); overflow-wrap: anywhere;
}
main { max-width: 60rem; margin: 0 auto; }
h1 { margin: 0 0 0.75rem; font-size: 24px; letter-spacing: -0.02em; }
h2 { margin: 2.5rem 0 0.25rem; font-size: 18px; scroll-margin-top: 1rem; }
h3 { margin: 1.25rem 0 0.25rem; font-size: 14px; color: var(--faint); font-weight: 500; }
ul { padding-left: 1.25rem; }
li { margin: 0.25rem 0; }
.scroll {
  overflow-x: auto; margin: 0.75rem 0; padding: 0.75rem 1rem; box-sizing: border-box;
  background: var(--raised); border: 1px solid var(--line); border-radius: 12px;
}
table { border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 0.3rem 0.8rem; text-align: right; border-bottom: 1px solid var(--line); overflow-wrap: normal; }
th { color: var(--faint); font-weight: 500; }
tr:last-child > * { border-bottom: 0; }
th:first-child, td:first-child, .facts td { text-align: left; }
th:first-child, td:first-child { padding-left: 0; }
td:first-child { min-width: 9rem; }
.facts th, .facts td { vertical-align: top; }
.facts th { white-space: nowrap; }
.facts td { min-width: 0; overflow-wrap: anywhere; }
.result { font-size: 17px; font-weight: 600; }
.advice {
  padding: 0.75rem 1.25rem; background: var(--raised);
  border: 1px solid var(--line); border-left: 4px solid var(--accent); border-radius: 12px;
}
.advice h2 { margin-top: 0; }
.method, .unknown { color: var(--faint); }
.good { color: var(--good); } .warn { color: var(--warn); } .fail { color: var(--fail); }
a { color: var(--blue); }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
svg { display: block; }
@media (min-width: 2400px) { body { font-size: 20px; } table, h3 { font-size: 18px; } main { max-width: 80rem; } }
`;

/** Throws the error of the system if the files of the page are not installed. */
export function reportStyle(): string {
  const folder = path.join(path.dirname(require.resolve('qanto-node/package.json')), 'page');
  return readFileSync(path.join(folder, 'tokens.css'), 'utf8') + LAYOUT;
}
