/** A progress bar on one line of a terminal. */
import { onOneLine, statusLine } from './status-line.ts';

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
  const line = statusLine(stream, variables);
  return {
    show: (done, what) => line.show((columns) => barLine(done, what, columns)),
    end: line.end,
  };
}

/** The bar as text that is shorter than the terminal is wide, so that it does not wrap. */
export function barLine(done: number, what: string, columns: number): string {
  const filled = Math.round(done * BAR_CELLS);
  const bar = '█'.repeat(filled) + '░'.repeat(BAR_CELLS - filled);
  const percent = `${Math.round(done * 100)}`.padStart(3);
  return onOneLine(`${bar} ${percent} %  ${what}`, columns);
}
