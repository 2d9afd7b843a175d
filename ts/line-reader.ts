/** Splits what arrives on a socket into lines of bounded length. */

const NEWLINE = 0x0a;

/** Collects the pieces of a line. */
export class LineReader {
  #parts: Buffer[] = [];
  #length = 0;
  readonly #maximum: number;
  readonly #tooLong: (maximum: number) => Error;

  /** `maximum` is the maximum length of a line in bytes. `tooLong` returns the error for one that is longer. */
  constructor(maximum: number, tooLong: (maximum: number) => Error) {
    this.#maximum = maximum;
    this.#tooLong = tooLong;
  }

  /** The lines that end in this chunk, without their newlines. Throws the error for a line that is too long. */
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
    if (this.#length > this.#maximum) throw this.#tooLong(this.#maximum);
    this.#parts.push(part);
  }
}
