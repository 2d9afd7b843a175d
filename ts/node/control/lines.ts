/** Splits what arrives on a control socket into lines. */
import { LineReader } from 'qanto/internal';
import { MAX_LINE_BYTES } from './limits.ts';
import { ParseError } from './messages.ts';

/** A reader that throws `ERR_QANTO_CONTROL_PROTOCOL` at a line that is too long. */
export function controlLines(): LineReader {
  return new LineReader(
    MAX_LINE_BYTES,
    (maximum) => new ParseError(`a line is longer than ${maximum} bytes`),
  );
}
