/** Splits what arrives on a control socket into lines of bounded length. */
import { MAX_LINE_BYTES } from './limits.ts';
import { ParseError } from './messages.ts';

const NEWLINE = 0x0a;

export class LineReader {
  #parts: Buffer[] = [];
  #length = 0;
  readonly #maximum: number;

  /** `maximum` is the maximum length of a line in bytes. */
  constructor(maximum = MAX_LINE_BYTES) {
    this.#maximum = maximum;
  }

  /** The lines that end in this chunk, without their newlines. Throws `ERR_QANTO_CONTROL_PROTOCOL` at one that is too long. */
  *push(chunk: Buffer): Generator<Buffer> {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#add(chunk.subarray(start, end));
      const line = this.#parts.length === 1 ? this.#parts[0]! : Buffer.concat(this.#parts);
      this.#parts = [];
      this.#length = 0;
      start = end + 1;
      yield line;
    }
    if (start < chunk.length) this.#add(chunk.subarray(start));
  }

  #add(part: Buffer): void {
    this.#length += part.length;
    if (this.#length > this.#maximum) {
      throw new ParseError(`a line is longer than ${this.#maximum} bytes`);
    }
    this.#parts.push(part);
  }
}
