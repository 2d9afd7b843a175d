/** One line that shows how far something is. */
import { clearLine, cursorTo } from 'node:readline';
import { canRedraw } from './terminal.ts';

const BAR_CELLS = 24;

export interface ProgressBar {
  /** Shows the part that is done, 0 to 1, and what is being done. */
  show(done: number, what: string): void;
  /** Takes the bar away. */
  end(): void;
}

/** A bar on the stream if that is a terminal that can redraw, else none. */
export function progressBar(
  stream: NodeJS.WriteStream = process.stderr,
  variables: NodeJS.ProcessEnv = process.env,
): ProgressBar {
  if (!canRedraw(stream, variables)) return { show() {}, end() {} };
  const clear = () => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    show(done, what) {
      clear();
      stream.write(barLine(done, what, stream.columns));
    },
    end: clear,
  };
}

/** The bar as text, shorter than the terminal is wide, so that it never wraps. */
export function barLine(done: number, what: string, columns: number): string {
  const filled = Math.round(done * BAR_CELLS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
  const percent = `${Math.round(done * 100)}`.padStart(3);
  return `${bar} ${percent} %  ${what}`.slice(0, Math.max(columns - 1, 0));
}
