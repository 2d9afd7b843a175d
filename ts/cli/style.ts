/** Text attributes and characters that suit a stream. */
import { styleText } from 'node:util';
import { isUtf8, wantsColor } from './terminal.ts';

export interface Style {
  readonly bold: (text: string) => string;
  readonly dim: (text: string) => string;
  /** Marks text that was shortened: one character, or three dots where the encoding is not UTF-8. */
  readonly ellipsis: string;
}

/** The style that suits a stream. */
export function styleOf(stream: NodeJS.WriteStream, variables: NodeJS.ProcessEnv = process.env): Style {
  const attributes = wantsColor(stream, variables) ? ansiAttributes : noAttributes;
  return { ...attributes, ellipsis: ellipsisOf(variables) };
}

/** What marks shortened text in this locale. */
export function ellipsisOf(variables: NodeJS.ProcessEnv = process.env): string {
  return isUtf8(variables) ? '…' : '...';
}

// wantsColor has decided already. Without this, newer versions of Node inspect stdout and decide again.
const always = { validateStream: false };
const ansiAttributes = {
  bold: (text: string) => styleText('bold', text, always),
  dim: (text: string) => styleText('dim', text, always),
};
const noAttributes = { bold: (text: string) => text, dim: (text: string) => text };
