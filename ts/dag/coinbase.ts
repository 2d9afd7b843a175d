/** The first content of every block: who mined it, and room to search beyond the header's nonce. */
import { requireObject } from '../check-arguments.ts';
import { mustBe } from '../errors.ts';
import { fromHex, toHex } from '../pow/hex.ts';
import { ByteReader, ByteWriter } from './bytes.ts';

const ADDRESS_BYTES = 32;
/**
 * Bytes of an encoded coinbase: 32 of the address as written in hex, then 8 of the extra nonce (u64, little-endian).
 */
export const COINBASE_BYTES = 40;

/** The first content of every block: who mined it, and room to search beyond the header's nonce. */
export interface Coinbase {
  /** The miner's address: 32 bytes as 64 hex digits, which mean nothing to the chain. */
  readonly address: string;
  /** Unsigned, 64 bits. Rolled when the header's nonce is exhausted. */
  readonly extraNonce: bigint;
}

/** 40 bytes: address, then the extra nonce as u64 little-endian. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function encodeCoinbase(coinbase: Coinbase): Uint8Array {
  requireObject('coinbase', coinbase);
  const address = fromHex(coinbase.address, ADDRESS_BYTES, 'coinbase.address');
  return new ByteWriter(COINBASE_BYTES)
    .bytes(address)
    .u64(coinbase.extraNonce, 'coinbase.extraNonce')
    .finish();
}

/** The coinbase in 40 bytes. Throws `ERR_QANTO_INVALID_ARGUMENT` for another length. */
export function decodeCoinbase(bytes: Uint8Array): Coinbase {
  if (bytes.length !== COINBASE_BYTES) {
    throw mustBe('coinbase', bytes, `${COINBASE_BYTES} bytes`);
  }
  const reader = new ByteReader(bytes);
  return {
    address: toHex(reader.bytes(ADDRESS_BYTES, 'coinbase.address')),
    extraNonce: reader.u64('coinbase.extraNonce'),
  };
}
