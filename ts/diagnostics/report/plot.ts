/** Plots as data and as SVG. */

export interface BarPlot {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: string;
  readonly bars: readonly { readonly label: string; readonly value: number }[];
}

export interface LinePlot {
  readonly kind: 'line';
  readonly title: string;
  readonly xUnit: string;
  readonly yUnit: string;
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly (readonly [number, number])[];
  }[];
}

export type Plot = BarPlot | LinePlot;

const BINS = 16;

/** A histogram with bins of equal width from 0 to the 99th percentile. The last bin also has all larger values. */
export function histogram(title: string, unit: string, values: readonly number[]): BarPlot {
  const sorted = values.toSorted((a, b) => a - b);
  const top = sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)] ?? 0;
  const width = top / BINS || 1;
  const counts = new Array<number>(BINS).fill(0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor(value / width))]! += 1;
  const label = (index: number) =>
    `${(index * width).toPrecision(2)}${index === BINS - 1 ? ' and more' : ` to ${((index + 1) * width).toPrecision(2)}`} ${unit}`;
  return {
    kind: 'bars',
    title,
    unit: 'count',
    bars: counts.map((value, index) => ({ label: label(index), value })),
  };
}

const WIDTH = 640;
const LABEL_WIDTH = 210;
const BAR_HEIGHT = 18;
const LINE_HEIGHT = 220;
const MARGIN = 60;
/** Colours that are legible on white and on black. A page can replace them by setting the variables. */
const COLOURS = ['#2563eb', '#d97706', '#059669', '#7c3aed'].map(
  (colour, index) => `var(--plot-${index + 1}, ${colour})`,
);

/** The plot as an `<svg>` element. */
export function plotSvg(plot: Plot): string {
  return plot.kind === 'bars' ? barsSvg(plot) : lineSvg(plot);
}

function barsSvg({ title, unit, bars }: BarPlot): string {
  const most = Math.max(...bars.map(({ value }) => value)) || 1;
  const room = WIDTH - LABEL_WIDTH - MARGIN;
  const rows = bars.map(({ label, value }, index) => {
    const y = index * BAR_HEIGHT;
    const width = ((room * value) / most).toFixed(1);
    const text = Number.isInteger(value) ? String(value) : value.toPrecision(3);
    return (
      `<text x="${LABEL_WIDTH - 6}" y="${y + 13}" text-anchor="end">${escapeXml(label)}</text>` +
      `<rect x="${LABEL_WIDTH}" y="${y + 2}" width="${width}" height="${BAR_HEIGHT - 4}" style="fill: ${COLOURS[0]}"/>` +
      `<text x="${LABEL_WIDTH + Number(width) + 6}" y="${y + 13}">${text}</text>`
    );
  });
  return svg(`${title} (${unit})`, bars.length * BAR_HEIGHT, rows);
}

function lineSvg({ title, xUnit, yUnit, lines }: LinePlot): string {
  const all = lines.flatMap(({ points }) => points);
  const maxX = Math.max(...all.map(([x]) => x), 1);
  const maxY = Math.max(...all.map(([, y]) => y), 1);
  const at = ([x, y]: readonly [number, number]) =>
    `${(MARGIN + ((WIDTH - 2 * MARGIN) * x) / maxX).toFixed(1)},${(LINE_HEIGHT - 20 - ((LINE_HEIGHT - 40) * y) / maxY).toFixed(1)}`;
  const drawn = lines.map(({ label, points }, index) => {
    const colour = COLOURS[index % COLOURS.length];
    return (
      `<polyline fill="none" style="stroke: ${colour}" stroke-width="2" points="${points.map(at).join(' ')}"/>` +
      `<text x="${MARGIN + 90 * index}" y="12" style="fill: ${colour}">${escapeXml(label)}</text>`
    );
  });
  const axes =
    `<path d="M${at([0, maxY])} L${at([0, 0])} L${at([maxX, 0])}" fill="none" stroke="#888"/>` +
    `<text x="${MARGIN - 6}" y="24" text-anchor="end">${maxY.toPrecision(3)}</text>` +
    `<text x="${WIDTH - MARGIN}" y="${LINE_HEIGHT - 4}" text-anchor="end">${maxX} ${escapeXml(xUnit)}</text>`;
  return svg(`${title} (${yUnit})`, LINE_HEIGHT, [axes, ...drawn]);
}

function svg(title: string, height: number, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="sans-serif" font-size="11" fill="currentColor"><title>${escapeXml(title)}</title>${content.join('')}</svg>`;
}

/** Escapes text for HTML and XML. */
export function escapeXml(text: string): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
