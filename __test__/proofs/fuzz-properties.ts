/** Changed proofs, which must not pass. The fast suite has few of them, the campaign many. */
import { expect } from '@jest/globals';
import { decodeProof, encodeProof, ProofError, verifyInclusion } from '../../ts/proofs/index.ts';
import { seededRandom } from '../dag/engine/support.ts';
import { readProof } from '../dag/protocol/proof-reader.ts';

export interface EncodedProof {
  readonly bytes: Buffer;
  readonly sink: string;
}

/** How often each code refused a proof. */
export type Refusals = Map<string, number>;

/** Checks that the changed bytes are refused with a code, by the independent reader too. */
export function expectRefused(bytes: Buffer, sink: string, refusals: Refusals): void {
  let error: unknown;
  try {
    verifyInclusion(bytes, sink);
  } catch (thrown) {
    error = thrown;
  }
  if (!(error instanceof ProofError)) {
    throw new Error(`a changed proof was not refused with a ProofError: ${bytes.toString('hex')}`, {
      cause: error,
    });
  }
  refusals.set(error.code, (refusals.get(error.code) ?? 0) + 1);
  if (typeof readProof(bytes, sink) !== 'string')
    throw new Error(`only the reader accepts ${bytes.toString('hex')}`);
}

/** Changes every byte of a proof in `ways` ways: one bit, all bits, and then random values. */
export function checkEveryByte(
  { bytes, sink }: EncodedProof,
  ways: number,
  seed: number,
  refusals: Refusals,
): void {
  const random = seededRandom(seed);
  for (let at = 0; at < bytes.length; at++) {
    for (let way = 0; way < ways; way++) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= way === 0 ? 1 << (at % 8) : way === 1 ? 0xff : 1 + Math.floor(random() * 255);
      expectRefused(changed, sink, refusals);
    }
  }
}

/** Shortens a proof to every length, and extends it. */
export function checkEveryLength({ bytes, sink }: EncodedProof, refusals: Refusals): void {
  for (let length = 0; length < bytes.length; length++)
    expectRefused(bytes.subarray(0, length), sink, refusals);
  for (const more of [1, 32, 80, 200]) {
    expectRefused(Buffer.concat([bytes, Buffer.alloc(more)]), sink, refusals);
  }
}

/**
 * Makes `count` proofs from parts of others: pieces are replaced, removed, inserted, repeated, moved, or taken from another
 * proof. Unchanged ones are left out.
 */
export function checkRandomChanges(
  proofs: readonly EncodedProof[],
  count: number,
  seed: number,
  refusals: Refusals,
): void {
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const lengths = [1, 1, 2, 4, 8, 32, 80, 88, 185, 201, 233, 265];
  for (let made = 0; made < count; made++) {
    const { bytes, sink } = proofs[below(proofs.length)]!;
    let changed = Buffer.from(bytes);
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const at = below(changed.length);
      const length = lengths[below(lengths.length)]!;
      const other = proofs[below(proofs.length)]!.bytes;
      const from = below(other.length);
      const [before, after] = [changed.subarray(0, at), changed.subarray(at)];
      const pieces = [
        () => [before, Buffer.alloc(length, below(256)), after.subarray(length)],
        () => [before, after.subarray(length)],
        () => [before, Buffer.alloc(length, below(256)), after],
        () => [before, after.subarray(0, length), after],
        () => [before, other.subarray(from, from + length), after.subarray(length)],
        () => [before, other.subarray(at, at + length), after.subarray(length)],
        () => [before, other.subarray(from)],
      ];
      changed = Buffer.concat(pieces[below(pieces.length)]!());
    }
    // Another proof that leads to the same sink is valid.
    if (!proofs.some((proof) => proof.bytes.equals(changed))) expectRefused(changed, sink, refusals);
    expectOneEncoding(changed);
  }
}

/** Bytes that can be decoded are those that the encoder writes. */
function expectOneEncoding(bytes: Buffer): void {
  try {
    expect(Buffer.compare(encodeProof(decodeProof(bytes)), bytes)).toBe(0);
  } catch (error) {
    if (!(error instanceof ProofError)) throw error;
  }
}
