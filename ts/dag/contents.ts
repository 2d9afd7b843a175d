/** Encodes and decodes the contents of a block: the coinbase and the payloads. */
import { ByteReader, ByteWriter } from './bytes.ts';
import { COINBASE_BYTES, type Coinbase, decodeCoinbase } from './coinbase.ts';
import { BlockRejectedError } from './errors.ts';
import type { Steps } from './slices.ts';

/** The number of contents that are read between two pauses. */
const CONTENTS_PER_STEP = 1024;

export function encodeContents(contents: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(contents.reduce((total, content) => total + 4 + content.length, 4));
  writer.u32(contents.length, 'contents.length');
  for (const [index, content] of contents.entries()) {
    writer.u32(content.length, `contents[${index}].length`).bytes(content);
  }
  return writer.finish();
}

/** Reads the contents, which begin at `offset` and end with the block. Throws `ERR_QANTO_MALFORMED` if they do not. */
export function* readContents(bytes: Uint8Array, offset: number, hash: string): Steps<Uint8Array[]> {
  const reader = new ContentReader(bytes, offset, hash);
  while (!reader.read()) yield;
  return reader.contents;
}

/** Reads the contents a part at a time. */
export class ContentReader {
  readonly contents: Uint8Array[] = [];
  readonly #reader: ByteReader;
  readonly #count: number;

  /** The contents begin at `offset` and end with the block. */
  constructor(bytes: Uint8Array, offset: number, hash: string) {
    this.#reader = new ByteReader(bytes, offset, hash);
    this.#count = this.#reader.u32('contents.length');
  }

  /** Reads the next contents. Returns whether these were the last ones. Throws `ERR_QANTO_MALFORMED`. */
  read(): boolean {
    const { contents } = this;
    const end = Math.min(this.#count, contents.length + CONTENTS_PER_STEP);
    for (let index = contents.length; index < end; index++) {
      const length = this.#reader.u32('contents[#].length', index);
      contents.push(this.#reader.bytes(length, 'contents[#]', index));
    }
    if (end < this.#count) return false;
    this.#reader.end();
    return true;
  }
}

/** Decodes the first content. Throws `ERR_QANTO_BAD_COINBASE` if it is not a coinbase. */
export function readCoinbase([first]: readonly Uint8Array[], hash: string): Coinbase {
  if (first?.length === COINBASE_BYTES) return decodeCoinbase(first);
  throw new BlockRejectedError('ERR_QANTO_BAD_COINBASE', {
    hash,
    field: 'contents[0]',
    value: first,
    expected: `a coinbase of ${COINBASE_BYTES} bytes`,
  });
}
