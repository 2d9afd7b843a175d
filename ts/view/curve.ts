/** A curve of values over time, drawn on a canvas. */
import { element } from './dom.ts';
import { type Palette, readPalette } from './palette.ts';

export interface Line {
  readonly colour: keyof Palette;
  readonly values: readonly (number | undefined)[];
}

const HEIGHT = 56;

/** The lines share one scale, which begins at 0. */
export function curve(lines: readonly Line[], label: string): HTMLCanvasElement {
  const canvas = element('canvas', { class: 'curve', role: 'img', 'aria-label': label });
  // Its width is known once it is on the page.
  requestAnimationFrame(() => drawCurve(canvas, lines));
  return canvas;
}

function drawCurve(canvas: HTMLCanvasElement, lines: readonly Line[]): void {
  const palette = readPalette();
  const width = canvas.clientWidth;
  const ratio = Math.min(devicePixelRatio, 2);
  canvas.width = width * ratio;
  canvas.height = HEIGHT * ratio;
  const context = canvas.getContext('2d')!;
  context.scale(ratio, ratio);
  // A constant value is not at the upper edge.
  const highest = 1.15 * Math.max(0, ...lines.flatMap(({ values }) => values.map((value) => value ?? 0)));
  if (highest === 0) return;
  for (const { colour, values } of lines) {
    const x = (index: number) => 2 + ((width - 4) * index) / Math.max(1, values.length - 1);
    const y = (value: number) => HEIGHT - 3 - ((HEIGHT - 8) * value) / highest;
    context.beginPath();
    let isDrawing = false;
    for (const [index, value] of values.entries()) {
      if (value === undefined) isDrawing = false;
      else if (isDrawing) context.lineTo(x(index), y(value));
      else {
        context.moveTo(x(index), y(value));
        isDrawing = true;
      }
    }
    context.strokeStyle = palette[colour];
    context.lineWidth = 1.6;
    context.lineJoin = 'round';
    context.stroke();
  }
}
