/** The coinbase, which is the first content of every block. */
import { requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { fromHex } from '../pow/hex.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

const ADDRESS_BYTES = 32;
/**
 * The number of bytes of an encoded coinbase: 32 bytes of address, then 8 bytes of extra nonce (u64, little-endian).
 */
export const COINBASE_BYTES = 40;

/**
 * The first content of every block. It names the miner, and its extra nonce extends the search beyond the header's
 * nonce.
 */
export interface Coinbase {
  /** The address of the miner: 32 bytes as 64 hex digits. The DAG does not interpret it. */
  readonly address: string;
  /** An unsigned 64-bit integer. Miners change it when the nonces of the header are exhausted. */
  readonly extraNonce: bigint;
}

/** Encodes a coinbase into 40 bytes. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function encodeCoinbase(coinbase: Coinbase): Uint8Array {
  requireObject('coinbase', coinbase);
  const address = fromHex(coinbase.address, ADDRESS_BYTES, 'coinbase.address');
  return new ByteWriter(COINBASE_BYTES)
    .bytes(address)
    .u64(coinbase.extraNonce, 'coinbase.extraNonce')
    .finish();
}

/** Decodes a coinbase. Throws `ERR_QANTO_INVALID_ARGUMENT` if the length is not 40 bytes. */
export function decodeCoinbase(bytes: Uint8Array): Coinbase {
  if (bytes.length !== COINBASE_BYTES) {
    throw mustBe('coinbase', bytes, `${COINBASE_BYTES} bytes`);
  }
  const reader = new ByteReader(bytes);
  return {
    address: reader.hex32('coinbase.address'),
    extraNonce: reader.u64('coinbase.extraNonce'),
  };
}
