/** Which part of the DAG is on the screen. Lengths are in CSS pixels; a place is a column and a row. */
export const COLUMN_WIDTH = 64;
export const ROW_HEIGHT = 54;
const MIN_SCALE = 0.03;
const MAX_SCALE = 2.5;
/** The part of the way to its target that the camera covers in 16 ms. */
const SPEED = 0.18;

export class Camera {
  width = 1;
  height = 1;
  scale = 1;
  /** The column and the row at the centre. */
  x = 0;
  y = 0;
  #targetX = 0;
  #targetY = 0;
  #targetScale = 1;

  get targetScale(): number {
    return this.#targetScale;
  }

  toScreenX(column: number): number {
    return (column - this.x) * COLUMN_WIDTH * this.scale + this.width / 2;
  }

  toScreenY(row: number): number {
    return (row - this.y) * ROW_HEIGHT * this.scale + this.height / 2;
  }

  toColumn(screenX: number): number {
    return (screenX - this.width / 2) / (COLUMN_WIDTH * this.scale) + this.x;
  }

  toRow(screenY: number): number {
    return (screenY - this.height / 2) / (ROW_HEIGHT * this.scale) + this.y;
  }

  /** The number of columns that fit. */
  get columns(): number {
    return this.width / (COLUMN_WIDTH * this.#targetScale);
  }

  moveTo(column: number, row: number): void {
    this.#targetX = column;
    this.#targetY = row;
  }

  /** Zooms so that the place under a point of the screen stays there. */
  zoom(factor: number, screenX = this.width / 2, screenY = this.height / 2): void {
    const scale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, this.#targetScale * factor));
    const change = 1 / this.#targetScale - 1 / scale;
    this.#targetX += ((screenX - this.width / 2) / COLUMN_WIDTH) * change;
    this.#targetY += ((screenY - this.height / 2) / ROW_HEIGHT) * change;
    this.#targetScale = scale;
  }

  setScale(scale: number): void {
    this.#targetScale = Math.min(MAX_SCALE, Math.max(MIN_SCALE, scale));
  }

  /** Moves by pixels, at once. */
  pan(dx: number, dy: number): void {
    this.#targetX -= dx / (COLUMN_WIDTH * this.scale);
    this.#targetY -= dy / (ROW_HEIGHT * this.scale);
    this.x = this.#targetX;
    this.y = this.#targetY;
  }

  jump(): void {
    this.x = this.#targetX;
    this.y = this.#targetY;
    this.scale = this.#targetScale;
  }

  /** Moves on towards its target. Returns whether it has further to go. */
  step(elapsedMs: number): boolean {
    const part = 1 - (1 - SPEED) ** Math.min(elapsedMs / 16, 12);
    const dx = this.#targetX - this.x;
    const dy = this.#targetY - this.y;
    const ratio = this.#targetScale / this.scale;
    const pixels = Math.hypot(dx * COLUMN_WIDTH, dy * ROW_HEIGHT) * this.scale;
    if (pixels < 0.3 && Math.abs(ratio - 1) < 0.002) {
      this.jump();
      return false;
    }
    this.x += dx * part;
    this.y += dy * part;
    this.scale *= ratio ** part;
    return true;
  }
}
