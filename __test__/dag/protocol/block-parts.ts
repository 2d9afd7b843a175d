/** Blocks in parts, so that tests can break any rule. The header commits to the parts unless the test gives other values. */
import { contentRootOf, displayed, readBlock, readHead, sha256d } from './reader.ts';

export interface BlockParts {
  readonly format: number;
  readonly version: number;
  /** Seconds by which the header's time is later than the context's timestamp. */
  readonly timeOffset: number;
  readonly bits: number;
  /** Whether the digest of the header meets regtest's target. */
  readonly hasWork: boolean;
  /** The values of the header in raw order; by default those that match the parts. */
  readonly contextHash?: Buffer;
  readonly contentRoot?: Buffer;
  readonly context: Buffer;
  readonly contents: readonly Buffer[];
  /** The bytes after the contents. */
  readonly tail: Buffer;
}

/** The parts of a valid block. */
export function partsOf(bytes: Buffer): BlockParts {
  const { version, bits, contextBytes: context, contents } = readBlock(bytes);
  return {
    ...{ format: bytes[0]!, version, bits, context, contents },
    ...{ timeOffset: 0, hasWork: true, tail: Buffer.alloc(0) },
  };
}

export function encodeParts(parts: BlockParts): Buffer {
  return assemble(parts, Buffer.concat([encodeContents(parts.contents), parts.tail]));
}

/** The contents with their number and lengths. */
export function encodeContents(contents: readonly Buffer[]): Buffer {
  return Buffer.concat([u32(contents.length), ...contents.flatMap((each) => [u32(each.length), each])]);
}

/** The block with these bytes after its context. The header commits to `parts.contents`. */
export function assemble(parts: BlockParts, body: Buffer): Buffer {
  const { format, version, timeOffset, bits, hasWork, context, contents } = parts;
  const header = Buffer.concat([
    u32(version),
    parts.contextHash ?? sha256d(context),
    parts.contentRoot ?? contentRootOf(contents),
    u32(secondsOf(context) + timeOffset),
    u32(bits),
    u32(0),
  ]);
  for (let nonce = 0; ; nonce++) {
    header.writeUInt32LE(nonce, 76);
    // A digest meets regtest's target if its highest bit is not set.
    if (Number.parseInt(displayed(sha256d(header))[0]!, 16) < 8 === hasWork) break;
  }
  return Buffer.concat([Buffer.of(format), header, context, body]);
}

/** The header time of a context; 0 if it has no valid timestamp. */
function secondsOf(context: Buffer): number {
  const head = readHead(Buffer.concat([Buffer.alloc(81), context]));
  return head === undefined ? 0 : Math.floor(head.timestampMs / 1000) % 2 ** 32;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export interface ContextFields {
  readonly parents: readonly string[];
  readonly timestampMs: number;
  readonly daaScore: number;
  readonly blueScore: number;
  readonly blueWork: bigint;
  readonly pruningPoint: string;
  readonly chainRoot: string;
}

/** The context with these fields; those that are not given keep their values. */
export function changeContext(context: Buffer, changes: Partial<ContextFields>): Buffer {
  const fields = { ...readHead(Buffer.concat([Buffer.alloc(81), context]))!, ...changes };
  const raw = (hash: string) => Buffer.from(hash, 'hex').reverse();
  const littleEndian = (value: number | bigint, length: number) =>
    raw(value.toString(16).padStart(2 * length, '0'));
  return Buffer.concat([
    Buffer.of(fields.parents.length),
    ...fields.parents.map(raw),
    littleEndian(fields.timestampMs, 8),
    littleEndian(fields.daaScore, 8),
    littleEndian(fields.blueScore, 8),
    littleEndian(fields.blueWork, 32),
    raw(fields.pruningPoint),
    raw(fields.chainRoot),
  ]);
}
