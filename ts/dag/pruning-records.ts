/**
 * The records from which a pruned DAG is opened again: JSON after a checksum, since no hash commits to it. A record
 * does not repeat what the head of the block contains.
 */
import { QantoError } from '../errors.ts';
import { sha256d } from '../pow/sha256d.ts';
import type { TrustedBlock, VirtualOrigin } from './engine/types.ts';

const CHECKSUM_BYTES = 4;

/** The data of a trusted block that its head does not contain. */
export type TrustedRecord = Pick<
  TrustedBlock,
  | 'selectedParent'
  | 'mergeSetBlues'
  | 'mergeSetReds'
  | 'expectedBits'
  | 'pastMedianTimeMs'
  | 'anticoneSizes'
  | 'chain'
>;

export function encodeTrusted(block: TrustedBlock): Uint8Array {
  const { selectedParent, mergeSetBlues, mergeSetReds, expectedBits, pastMedianTimeMs, anticoneSizes } =
    block;
  const record: TrustedRecord = {
    selectedParent,
    mergeSetBlues,
    mergeSetReds,
    expectedBits,
    pastMedianTimeMs,
    anticoneSizes,
    ...(block.chain !== undefined && { chain: block.chain }),
  };
  return encode(record);
}

/** Throws `ERR_QANTO_STORE_DAMAGED` if {@link encodeTrusted} did not write the bytes. */
export function decodeTrusted(bytes: Uint8Array): TrustedRecord {
  return decode('record', bytes) as TrustedRecord;
}

export function encodeState(state: VirtualOrigin): Uint8Array {
  const { pruningPoint, finalityPoint, orderStart } = state;
  return encode({ pruningPoint, finalityPoint, orderStart });
}

/** Throws `ERR_QANTO_STORE_DAMAGED` if {@link encodeState} did not write the bytes. */
export function decodeState(bytes: Uint8Array): VirtualOrigin {
  return decode('state', bytes) as VirtualOrigin;
}

function encode(value: object): Uint8Array {
  const json = Buffer.from(JSON.stringify(value));
  return Buffer.concat([checksum(json), json]);
}

function decode(what: string, bytes: Uint8Array): unknown {
  const json = bytes.subarray(CHECKSUM_BYTES);
  if (!checksum(json).equals(bytes.subarray(0, CHECKSUM_BYTES))) {
    throw new QantoError('ERR_QANTO_STORE_DAMAGED', `the checksum of the ${what} is wrong`);
  }
  return JSON.parse(Buffer.from(json).toString());
}

function checksum(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256d(bytes).subarray(0, CHECKSUM_BYTES));
}
