/** Text attributes where the terminal shows them. */
import type { WriteStream } from 'node:tty';
import { styleText } from 'node:util';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** The style that suits a stream; a plain one for what is no terminal. */
export function styleOf(stream: NodeJS.WriteStream | WriteStream): Style {
  // hasColors knows NO_COLOR and its relatives.
  return stream.isTTY && stream.hasColors() ? ansiStyle : plainStyle;
}

const ansiStyle: Style = {
  bold: (text) => styleText('bold', text),
  dim: (text) => styleText('dim', text),
};
const plainStyle: Style = { bold: (text) => text, dim: (text) => text };
