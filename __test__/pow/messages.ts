/** Literal implementations of nonce encodings and rules, which say with BigInt and strings what the library must do. */
import type { HitRule, NonceField, Template } from '../../ts/pow/index.ts';

/** The message that is hashed with this nonce; a string is hashed as it is. */
export function messageOf({ preimage, nonce: field }: Template, nonce: bigint | string): Uint8Array {
  const written = typeof nonce === 'string' ? Buffer.from(nonce) : writtenNonce(nonce, field);
  const overwritten = /^u(32|64)/.test(field.encoding) ? written.length : 0;
  const { offset } = field;
  const parts = [preimage.subarray(0, offset), written, preimage.subarray(offset + overwritten)];
  return Uint8Array.from(Buffer.concat(parts));
}

function writtenNonce(nonce: bigint, { encoding, width = 0 }: NonceField): Uint8Array {
  const bytes = (hex: string) => Buffer.from(hex, 'hex');
  const digits32 = nonce.toString(16).padStart(8, '0');
  const digits64 = nonce.toString(16).padStart(16, '0');
  switch (encoding) {
    case 'u32be':
      return bytes(digits32);
    case 'u32le':
      return bytes(digits32).reverse();
    case 'u64be':
      return bytes(digits64);
    case 'u64le':
      return bytes(digits64).reverse();
    case 'u64le-swapped':
      return Buffer.concat([bytes(digits64.slice(0, 8)).reverse(), bytes(digits64.slice(8)).reverse()]);
    case 'hex':
      return Buffer.from(nonce.toString(16).padStart(width, '0'));
    default:
      return Buffer.from(nonce.toString(10).padStart(width, '0'));
  }
}

/** Returns whether the digest is a hit. */
export function isHit(target: bigint | HitRule, digest: Uint8Array): boolean {
  const hex = Buffer.from(digest).toString('hex');
  if (typeof target === 'bigint') return integerOf(digest, digest.length, 'little') <= target;
  if ('leadingZeroBits' in target) {
    const bits = Array.from(digest, (byte) => byte.toString(2).padStart(8, '0')).join('');
    return bits.startsWith('0'.repeat(target.leadingZeroBits));
  }
  if ('hexPrefix' in target) return hex.startsWith(target.hexPrefix.toLowerCase());
  if ('equals' in target) return hex.startsWith(Buffer.from(target.equals).toString('hex'));
  if ('compact' in target) {
    // The mantissa counts units of 256^(exponent - 3).
    const exponent = target.compact >>> 24;
    const units = integerOf(digest, digest.length, 'little') * 256n ** 3n;
    return units <= BigInt(target.compact & 0x7fffff) * 256n ** BigInt(exponent);
  }
  const integer = integerOf(digest, target.width, target.endian);
  return 'atLeast' in target ? integer >= target.atLeast : integer >= target.lo && integer <= target.hi;
}

/** The first `width` bytes as an integer. */
export function integerOf(digest: Uint8Array, width: number, endian: string): bigint {
  const bytes = [...digest.subarray(0, width)];
  if (endian === 'little') bytes.reverse();
  return bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
}
