/** One line of a terminal that is written again and again. */
import { clearLine, cursorTo } from 'node:readline';
import { canRedraw } from './terminal.ts';

export interface StatusLine {
  /** Replaces the line. `textOf` makes its text for this number of columns. */
  show(textOf: (columns: number) => string): void;
  /** Removes the line. */
  end(): void;
}

/** A line on the stream, which shows nothing if the stream is not a terminal that can redraw a line. */
export function statusLine(stream: NodeJS.WriteStream, variables: NodeJS.ProcessEnv): StatusLine {
  if (!canRedraw(stream, variables)) return { show() {}, end() {} };
  const clear = () => {
    cursorTo(stream, 0);
    clearLine(stream, 0);
  };
  return {
    show(textOf) {
      clear();
      stream.write(textOf(stream.columns));
    },
    end: clear,
  };
}

/** The text without what would make it wrap. */
export function onOneLine(text: string, columns: number): string {
  return text.slice(0, Math.max(columns - 1, 0));
}
