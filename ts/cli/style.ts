/** Text attributes where they are wanted. */
import { styleText } from 'node:util';
import { wantsColor } from './terminal.ts';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
}

/** The style that suits a stream. */
export function styleOf(stream: NodeJS.WriteStream, variables: NodeJS.ProcessEnv = process.env): Style {
  return wantsColor(stream, variables) ? ansiStyle : plainStyle;
}

// That the stream wants them is known: without this, newer versions of Node look at stdout and decide again.
const always = { validateStream: false };
const ansiStyle: Style = {
  bold: (text) => styleText('bold', text, always),
  dim: (text) => styleText('dim', text, always),
};
const plainStyle: Style = { bold: (text) => text, dim: (text) => text };
