/** Draws a part of the DAG. What has the same style is drawn as one path, which takes a fraction of the time. */
import { type Camera, COLUMN_WIDTH } from './camera.ts';
import type { Block, Model } from './model.ts';
import type { Palette } from './palette.ts';
import { clock } from './text.ts';

/** What is emphasised besides the selected chain. */
export interface Emphasis {
  readonly selected?: Block | undefined;
  readonly hovered?: Block | undefined;
  /** The chains of a reorganisation. */
  readonly oldChain?: ReadonlySet<Block>;
  readonly newChain?: ReadonlySet<Block>;
  readonly moved?: ReadonlySet<Block>;
}

export interface Scene {
  readonly model: Model;
  readonly camera: Camera;
  readonly palette: Palette;
  readonly emphasis: Emphasis;
  /** The height of the canvas. The toolbar covers its lower edge, which the camera does not use. */
  readonly height: number;
}

export const RADIUS = 13;
/** With more blocks than this, edges are straight. */
const MAX_CURVED_BLOCKS = 700;
const STRAIGHT_BELOW = 0.42;
const ONLY_CHAIN_BELOW = 0.13;
const COUNTS_BELOW = 0.065;
const LABELS_FROM = 0.85;
const AXIS_HEIGHT = 26;
const MIN_TICK_PIXELS = 110;
const FONT = '11px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace';

type Context = CanvasRenderingContext2D;

/** Draws the scene, and returns the number of visible blocks. */
export function draw(context: Context, scene: Scene): number {
  const { camera, model, palette } = scene;
  context.fillStyle = palette.ground;
  context.fillRect(0, 0, camera.width, scene.height);
  drawAxis(context, scene);
  // Edges of blocks beside the screen can reach into it.
  const from = camera.toColumn(0) - 3;
  const to = camera.toColumn(camera.width) + 3;
  const visible = model.blocks.filter(({ x }) => x >= from && x <= to);
  if (camera.scale < COUNTS_BELOW) {
    drawCounts(context, scene, visible);
    return visible.length;
  }
  drawEdges(context, scene, visible);
  drawEmphasisedEdges(context, scene, visible);
  drawBlocks(context, scene, visible);
  drawRings(context, scene, visible);
  if (camera.scale >= LABELS_FROM) drawLabels(context, scene, visible);
  return visible.length;
}

/** Time is on the lower edge: the time of the block of the chain in a column. */
function drawAxis(context: Context, { camera, model, palette }: Scene): void {
  const { layout } = model;
  const columnPixels = COLUMN_WIDTH * camera.scale;
  const step = niceStep(MIN_TICK_PIXELS / columnPixels);
  const first = Math.ceil(Math.max(camera.toColumn(0), layout.firstColumn) / step) * step;
  const last = Math.min(camera.toColumn(camera.width), layout.lastColumn);
  const bottom = camera.height;
  context.strokeStyle = palette.grid;
  context.lineWidth = 1;
  context.beginPath();
  const ticks: [number, string][] = [];
  for (let column = first; column <= last; column += step) {
    const timeMs = layout.timeOf(column);
    if (timeMs === undefined) continue;
    const x = Math.round(camera.toScreenX(column)) + 0.5;
    context.moveTo(x, 0);
    context.lineTo(x, bottom - AXIS_HEIGHT + 4);
    // Half of a label would not help.
    if (x > MIN_TICK_PIXELS / 3.5) ticks.push([x, clock(timeMs)]);
  }
  context.stroke();
  context.fillStyle = palette.faint;
  context.font = FONT;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  for (const [x, label] of ticks) context.fillText(label, x, bottom - AXIS_HEIGHT / 2);
}

function niceStep(columns: number): number {
  for (let power = 1; ; power *= 10) {
    for (const factor of [1, 2, 5]) if (power * factor >= columns) return power * factor;
  }
}

function drawEdges(context: Context, scene: Scene, visible: readonly Block[]): void {
  const { camera, palette } = scene;
  const straight = camera.scale < STRAIGHT_BELOW || visible.length > MAX_CURVED_BLOCKS;
  const path = (wanted: (block: Block, parent: Block) => boolean) => {
    context.beginPath();
    for (const block of visible) {
      for (const parent of block.parents)
        if (wanted(block, parent)) edge(context, camera, block, parent, straight);
    }
  };
  const isChainEdge = (block: Block, parent: Block) => block.isChain && block.selectedParent === parent;
  if (camera.scale >= ONLY_CHAIN_BELOW) {
    path((block, parent) => block.selectedParent !== parent);
    stroke(context, palette.edge, Math.max(0.6, 1.1 * Math.min(camera.scale, 1)));
    path((block, parent) => block.selectedParent === parent && !block.isChain);
    stroke(context, palette['edge-strong'], Math.max(0.7, 1.5 * Math.min(camera.scale, 1)));
  }
  path(isChainEdge);
  stroke(context, palette.chain, Math.max(1.6, 4 * Math.min(camera.scale, 1.2)));
}

function edge(context: Context, camera: Camera, from: Block, to: Block, straight: boolean): void {
  const x1 = camera.toScreenX(from.x);
  const y1 = camera.toScreenY(from.y);
  const x2 = camera.toScreenX(to.x);
  const y2 = camera.toScreenY(to.y);
  context.moveTo(x1, y1);
  if (straight || Math.abs(y1 - y2) < 1) {
    context.lineTo(x2, y2);
    return;
  }
  const bend = (x1 - x2) * 0.5;
  context.bezierCurveTo(x1 - bend, y1, x2 + bend, y2, x2, y2);
}

function stroke(context: Context, colour: string, width: number): void {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

function drawBlocks(context: Context, scene: Scene, visible: readonly Block[]): void {
  const { camera, palette } = scene;
  const radius = RADIUS * camera.scale;
  const line = Math.max(1, 1.8 * Math.min(camera.scale, 1.2));
  const path = (blocks: readonly Block[], size: number) => {
    context.beginPath();
    for (const block of blocks)
      outline(context, block, camera.toScreenX(block.x), camera.toScreenY(block.y), size);
  };
  const paint = (blocks: readonly Block[], fill: string, border: string) => {
    if (blocks.length === 0) return;
    path(blocks, radius);
    context.fillStyle = fill;
    context.fill();
    if (radius >= 2.5) stroke(context, border, line);
  };
  const of = (wanted: (block: Block) => boolean) => visible.filter(wanted);
  // Tips have a ring around them.
  const tips = of(({ children }) => children.length === 0);
  if (radius >= 2) {
    path(tips, radius + 4.5 * Math.max(camera.scale, 0.5));
    stroke(context, palette.ink, Math.max(1, 1.3 * camera.scale));
  }
  paint(
    of(({ colour }) => colour === 'pending'),
    palette.ground,
    palette.pending,
  );
  paint(
    of(({ colour, isChain }) => colour === 'blue' && !isChain),
    palette['blue-soft'],
    palette.blue,
  );
  paint(
    of(({ colour }) => colour === 'red'),
    palette['red-soft'],
    palette.red,
  );
  paint(
    of(({ colour, isChain }) => colour === 'blue' && isChain),
    palette.blue,
    palette.chain,
  );
}

/** The shape says the same as the colour: red is a diamond, everything else is a circle. */
function outline(context: Context, { colour }: Block, x: number, y: number, radius: number): void {
  if (colour === 'red') {
    const reach = radius * 1.16;
    context.moveTo(x, y - reach);
    context.lineTo(x + reach, y);
    context.lineTo(x, y + reach);
    context.lineTo(x - reach, y);
    context.closePath();
    return;
  }
  context.moveTo(x + radius, y);
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

/** The chains of a reorganisation with their colours. */
function chainsOf({ palette, emphasis }: Scene): [ReadonlySet<Block>, string][] {
  const { oldChain, newChain } = emphasis;
  const chains: [ReadonlySet<Block>, string][] = [];
  if (oldChain) chains.push([oldChain, palette.old]);
  if (newChain) chains.push([newChain, palette.new]);
  return chains;
}

function drawEmphasisedEdges(context: Context, scene: Scene, visible: readonly Block[]): void {
  const { camera, palette, emphasis } = scene;
  for (const [chain, colour] of chainsOf(scene)) {
    context.beginPath();
    for (const block of visible) {
      if (chain.has(block) && block.selectedParent) edge(context, camera, block, block.selectedParent, false);
    }
    stroke(context, colour, Math.max(2, 5 * Math.min(camera.scale, 1)));
  }
  const { selected } = emphasis;
  if (selected === undefined) return;
  context.beginPath();
  for (const parent of selected.parents) edge(context, camera, selected, parent, false);
  for (const child of selected.children) edge(context, camera, child, selected, false);
  stroke(context, palette.accent, Math.max(1.6, 2.6 * Math.min(camera.scale, 1)));
}

function drawRings(context: Context, scene: Scene, visible: readonly Block[]): void {
  const { camera, palette, emphasis } = scene;
  const { selected, hovered, moved } = emphasis;
  const radius = RADIUS * camera.scale;
  const ring = (blocks: readonly Block[], size: number, colour: string, width: number) => {
    context.beginPath();
    for (const block of blocks) {
      outline(context, block, camera.toScreenX(block.x), camera.toScreenY(block.y), size);
    }
    stroke(context, colour, width);
  };
  for (const [chain, colour] of chainsOf(scene)) {
    const blocks = visible.filter((block) => chain.has(block));
    ring(blocks, radius + 1.5 * camera.scale, colour, Math.max(1.5, 3.2 * camera.scale));
  }
  if (moved) {
    context.setLineDash([3, 3]);
    const blocks = visible.filter((block) => moved.has(block));
    ring(blocks, radius + 6 * camera.scale, palette.faint, 1.2);
    context.setLineDash([]);
  }
  if (selected) ring([selected], radius + 4.5, palette.accent, 3);
  if (hovered && hovered !== selected) ring([hovered], radius + 4, palette.accent, 1.6);
}

function drawLabels(context: Context, { camera, palette }: Scene, visible: readonly Block[]): void {
  context.font = FONT;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  context.fillStyle = palette.faint;
  const below = (RADIUS + 9) * camera.scale;
  for (const block of visible) {
    context.fillText(block.hash.slice(-4), camera.toScreenX(block.x), camera.toScreenY(block.y) + below);
  }
}

/** A bar for each group of columns: its blues upwards and its reds downwards. */
function drawCounts(context: Context, { camera, palette }: Scene, visible: readonly Block[]): void {
  const perBar = Math.max(1, Math.ceil(3 / (COLUMN_WIDTH * camera.scale)));
  const bars = new Map<number, { blues: number; reds: number }>();
  for (const { column, colour } of visible) {
    const index = Math.floor(column / perBar);
    const bar = bars.get(index) ?? { blues: 0, reds: 0 };
    if (colour === 'red') bar.reds++;
    else bar.blues++;
    bars.set(index, bar);
  }
  const width = Math.max(2, perBar * COLUMN_WIDTH * camera.scale - 1);
  const middle = camera.height / 2;
  const highest = Math.max(1, ...[...bars.values()].flatMap(({ blues, reds }) => [blues, reds]));
  const unit = Math.min(16, (middle - 60) / highest);
  for (const [index, { blues, reds }] of bars) {
    const x = camera.toScreenX(index * perBar);
    context.fillStyle = palette.blue;
    context.fillRect(x, middle - blues * unit, width, blues * unit);
    context.fillStyle = palette.red;
    context.fillRect(x, middle, width, reds * unit);
  }
}
