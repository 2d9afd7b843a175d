/** A progress bar on one line of a terminal. */
import { clearLine, cursorTo } from 'node:readline';
import { canRedraw } from './terminal.ts';

const BAR_CELLS = 24;

export interface ProgressBar {
  /** Shows the completed fraction, 0 to 1, and what is being done. */
  show(done: number, what: string): void;
  /** Removes the bar. */
  end(): void;
}

/** A progress bar on the stream, which shows nothing if the stream is not a terminal that can redraw a line. */
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

/** The bar as text that is shorter than the terminal is wide, so that it does not wrap. */
export function barLine(done: number, what: string, columns: number): string {
  const filled = Math.round(done * BAR_CELLS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
  const percent = `${Math.round(done * 100)}`.padStart(3);
  return `${bar} ${percent} %  ${what}`.slice(0, Math.max(columns - 1, 0));
}
