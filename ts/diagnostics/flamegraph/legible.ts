/** Makes a flamegraph that inferno has drawn easier to read. */
import { escapeXml } from '../report/plot.ts';
import { shortRustName } from './rust-names.ts';
import { unescapeXml } from './svg.ts';

/** What the colours of inferno's palette `js` mean for the frames that perf and V8 name. */
const LEGEND = [
  ['rgb(209,209,62)', 'Rust and C++'],
  ['rgb(80,193,193)', 'JavaScript'],
  ['rgb(237,137,0)', 'Linux'],
  ['rgb(206,59,59)', 'C, V8 builtins and other'],
] as const;
const ENTRY_WIDTH = 190;
/** Baselines between the title at 24 and the first row of frames at 61. */
const SUBTITLE_Y = 41;
const LEGEND_Y = 56;

/** How inferno's script finds the text of a frame: by its tooltip, which keeps the full name here. */
const TEXT_OF_TOOLTIP = String.raw`find_child(e, "title").textContent.replace(/\([^(]*\)$/,"")`;

/**
 * Shows short names of Rust's functions in the frames, and a legend of the colours. Tooltips and the search keep full names.
 * If a version of inferno has another script, the frames show full names.
 */
export function legibleFlamegraph(svg: string): string {
  const named = svg
    .replaceAll(TEXT_OF_TOOLTIP, `(e.getAttribute("data-name") || ${TEXT_OF_TOOLTIP})`)
    .replaceAll(
      /<g>(?=<title>([^<]*) \([\d,]+ samples, [\d.]+%\)<\/title><rect )/g,
      (group, name: string) => {
        const full = unescapeXml(name);
        const short = shortRustName(full);
        return short === full ? group : `<g data-name="${escapeXml(short)}">`;
      },
    );
  return named.replace(
    /(<text id="subtitle" [^>]*y=")[\d.]+("[^>]*>[^<]*<\/text>)/,
    (_, before: string, after: string) => `${before}${SUBTITLE_Y}${after}${legend()}`,
  );
}

function legend(): string {
  const entries = LEGEND.map(
    ([colour, text], index) =>
      `<rect x="${10 + index * ENTRY_WIDTH}" y="${LEGEND_Y - 10}" width="12" height="12" fill="${colour}"/>` +
      `<text x="${28 + index * ENTRY_WIDTH}" y="${LEGEND_Y}">${escapeXml(text)}</text>`,
  );
  return `<g id="legend">${entries.join('')}</g>`;
}
