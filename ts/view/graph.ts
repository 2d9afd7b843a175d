/** The canvas: what it shows moves to its place, and the pointer selects, pans and zooms. */
import { Camera, COLUMN_WIDTH, ROW_HEIGHT } from './camera.ts';
import { draw, type Emphasis, RADIUS } from './draw.ts';
import { type Block, Model } from './model.ts';
import { type Palette, readPalette } from './palette.ts';

/** The time of the last frames, for measurements. */
const KEPT_FRAMES = 1000;
/** The part of the way to its place that a block covers in 16 ms. */
const SPEED = 0.22;
/** A pointer that moves less than this is a click. */
const CLICK_PIXELS = 5;
const MAX_PIXEL_RATIO = 2;

export interface GraphEvents {
  onSelect(block: Block | undefined): void;
  onHover(block: Block | undefined, x: number, y: number): void;
  /** The reader moved the view, so that it no longer follows the newest blocks. */
  onMove(): void;
}

export class Graph {
  readonly camera = new Camera();
  /** The durations of the last frames, in ms, without what the browser does after them. */
  readonly frameTimes: number[] = [];
  visibleBlocks = 0;
  #height = 1;
  #bottomInset = 0;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #events: GraphEvents;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  #palette: Palette;
  #model = new Model();
  #emphasis: Emphasis = {};
  #following = true;
  #frame = 0;
  #lastMs = 0;

  constructor(canvas: HTMLCanvasElement, events: GraphEvents) {
    this.#canvas = canvas;
    this.#events = events;
    // Without transparency, the browser need not blend the canvas with the page.
    this.#context = canvas.getContext('2d', { alpha: false })!;
    this.#palette = readPalette();
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
      this.#palette = readPalette();
      this.changed();
    });
    new ResizeObserver(() => this.#resize()).observe(canvas);
    this.#resize();
    this.#listen();
  }

  get model(): Model {
    return this.#model;
  }

  get following(): boolean {
    return this.#following;
  }

  get emphasis(): Emphasis {
    return this.#emphasis;
  }

  /** Shows other blocks. */
  show(model: Model): void {
    this.#model = model;
    this.#settle();
    this.changed();
  }

  emphasise(emphasis: Emphasis): void {
    this.#emphasis = emphasis;
    this.changed();
  }

  /** Whether the newest blocks stay in view. */
  follow(following: boolean): void {
    this.#following = following;
    this.changed();
  }

  /** Moves a block to the centre. */
  centre(block: Block): void {
    this.#following = false;
    this.camera.moveTo(block.column, Math.abs(block.row) > 4 ? block.row : 0);
    this.changed();
  }

  /** Moves a block into view, if it is not. */
  reveal(block: Block): void {
    const x = this.camera.toScreenX(block.column);
    const y = this.camera.toScreenY(block.row);
    const margin = 60;
    if (x < margin || x > this.camera.width - margin || y < margin || y > this.camera.height - margin) {
      this.centre(block);
    }
  }

  /** Goes to its place at once. */
  jump(): void {
    this.#settle();
    this.#aim();
    this.camera.jump();
    this.changed();
  }

  /** Leaves this height at the lower edge to what covers it. */
  inset(height: number): void {
    this.#bottomInset = height;
    this.#resize();
  }

  /** Draws soon. */
  changed(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame((nowMs) => this.#draw(nowMs));
  }

  #draw(nowMs: number): void {
    this.#frame = 0;
    if (this.#canvas.offsetParent === null) return;
    const elapsedMs = Math.min(nowMs - this.#lastMs, 100);
    this.#lastMs = nowMs;
    const startMs = performance.now();
    this.#aim();
    if (this.#still.matches) this.camera.jump();
    const isMoving = [this.camera.step(elapsedMs), this.#moveBlocks(elapsedMs)].includes(true);
    this.visibleBlocks = draw(this.#context, {
      ...{ model: this.#model, camera: this.camera, palette: this.#palette },
      ...{ emphasis: this.#emphasis, height: this.#height },
    });
    this.frameTimes.push(performance.now() - startMs);
    if (this.frameTimes.length > KEPT_FRAMES) this.frameTimes.shift();
    if (isMoving) this.changed();
  }

  #aim(): void {
    const { layout } = this.#model;
    if (!this.#following || layout.lastColumn < 0) return;
    // The newest blocks are near the right edge.
    const margin = Math.min(2.2, this.camera.columns / 4);
    this.camera.moveTo(Math.max(layout.lastColumn + margin - this.camera.columns / 2, layout.firstColumn), 0);
  }

  #moveBlocks(elapsedMs: number): boolean {
    const part = this.#still.matches ? 1 : 1 - (1 - SPEED) ** (elapsedMs / 16);
    let isMoving = false;
    for (const block of this.#model.blocks) {
      if (block.y === block.row) continue;
      block.y += (block.row - block.y) * part;
      if (Math.abs(block.y - block.row) < 0.01) block.y = block.row;
      else isMoving = true;
    }
    return isMoving;
  }

  #settle(): void {
    for (const block of this.#model.blocks) block.y = block.row;
  }

  #resize(): void {
    const { clientWidth, clientHeight } = this.#canvas;
    if (clientWidth === 0) return;
    const ratio = Math.min(devicePixelRatio, MAX_PIXEL_RATIO);
    this.#canvas.width = Math.round(clientWidth * ratio);
    this.#canvas.height = Math.round(clientHeight * ratio);
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.camera.width = clientWidth;
    this.#height = clientHeight;
    this.camera.height = Math.max(1, clientHeight - this.#bottomInset);
    // The card of the selected block may have covered it.
    const { selected } = this.#emphasis;
    if (selected && !this.#following) this.reveal(selected);
    this.changed();
  }

  #blockAt(x: number, y: number): Block | undefined {
    const reach = Math.max(RADIUS * this.camera.scale + 4, 9);
    let nearest: Block | undefined;
    let least = reach;
    for (const block of this.#model.blocks) {
      const distance = Math.hypot(this.camera.toScreenX(block.x) - x, this.camera.toScreenY(block.y) - y);
      if (distance < least) [nearest, least] = [block, distance];
    }
    return nearest;
  }

  #listen(): void {
    const canvas = this.#canvas;
    const pointers = new Map<number, { x: number; y: number }>();
    let travelled = 0;
    canvas.addEventListener('pointerdown', (event) => {
      canvas.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, { x: event.offsetX, y: event.offsetY });
      if (pointers.size === 1) travelled = 0;
    });
    canvas.addEventListener('pointermove', (event) => {
      const { offsetX: x, offsetY: y } = event;
      const before = pointers.get(event.pointerId);
      if (before === undefined) {
        this.#hover(x, y);
        return;
      }
      const others = [...pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
      pointers.set(event.pointerId, { x, y });
      travelled += Math.hypot(x - before.x, y - before.y);
      if (travelled < CLICK_PIXELS) return;
      const [other] = others;
      if (other) {
        const ratio =
          Math.hypot(x - other.x, y - other.y) / Math.hypot(before.x - other.x, before.y - other.y);
        if (Number.isFinite(ratio) && ratio > 0) this.camera.zoom(ratio, other.x, other.y);
      } else {
        this.camera.pan(x - before.x, y - before.y);
        this.#following = false;
        this.#events.onMove();
      }
      this.changed();
    });
    const release = (event: PointerEvent) => {
      const wasDown = pointers.delete(event.pointerId);
      if (event.type === 'pointerup' && wasDown && travelled < CLICK_PIXELS) {
        this.#events.onSelect(this.#blockAt(event.offsetX, event.offsetY));
      }
    };
    canvas.addEventListener('pointerup', release);
    canvas.addEventListener('pointercancel', release);
    canvas.addEventListener('pointerleave', () => this.#hover(-1000, -1000));
    canvas.addEventListener(
      'wheel',
      (event) => {
        event.preventDefault();
        if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
          this.camera.pan(-(event.deltaX || event.deltaY), 0);
          this.#following = false;
          this.#events.onMove();
        } else {
          const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1;
          // While it follows, the newest blocks stay where they are.
          const x = this.#following ? this.camera.width : event.offsetX;
          this.camera.zoom(Math.exp(-event.deltaY * lines * 0.0015), x, event.offsetY);
        }
        this.changed();
      },
      { passive: false },
    );
  }

  #hover(x: number, y: number): void {
    const hovered = this.#blockAt(x, y);
    if (hovered === this.#emphasis.hovered) return;
    this.#canvas.style.cursor = hovered ? 'pointer' : 'grab';
    this.emphasise({ ...this.#emphasis, hovered });
    const at = hovered && [this.camera.toScreenX(hovered.x), this.camera.toScreenY(hovered.y)];
    this.#events.onHover(hovered, at?.[0] ?? 0, at?.[1] ?? 0);
  }

  /** Zooms so that some seconds, and all rows, fit. */
  fit(columns: number, rows: number): void {
    const across = this.camera.width / (COLUMN_WIDTH * columns);
    const down = this.camera.height / (ROW_HEIGHT * (rows + 3));
    this.camera.setScale(Math.min(1.15, Math.max(0.55, Math.min(across, down))));
    this.changed();
  }
}
