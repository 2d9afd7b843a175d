import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { encodeHeader, HEADER_VERSION, type Header, hashHeader } from '../../ts/dag/header.ts';
import { checkHeader } from '../../ts/dag/header-rules.ts';
import { regtest } from '../../ts/dag/index.ts';
import { decodeCompact, digestToInteger } from '../../ts/pow/targets.ts';
import { digest } from '../../ts/pow/verify.ts';

const ZEROS = '0'.repeat(64);

/** The code with which the header is refused; undefined if it follows the rules. */
function codeOf(header: Header, powAlgorithm: 'sha256d' | 'blake3'): string | undefined {
  const bytes = encodeHeader(header);
  try {
    checkHeader({ hash: hashHeader(bytes), bytes }, { ...regtest, powAlgorithm });
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** The same, from the rule as docs/protocol.md states it. */
function expectedCode(header: Header, powAlgorithm: 'sha256d' | 'blake3'): string | undefined {
  const target = decodeCompact(header.bits);
  if (typeof target === 'string') return 'ERR_QANTO_INVALID_BITS';
  const found = digestToInteger(digest(powAlgorithm, encodeHeader(header)));
  return found <= target ? undefined : 'ERR_QANTO_POW_NOT_MET';
}

test.each(['sha256d', 'blake3'] as const)(
  'The proof of work of a header with %s meets the target of its bits exactly if the integer of its digest does',
  (powAlgorithm) => {
    // Most targets that a digest meets have an exponent of 0x1f or 0x20. The others are met by none.
    const exponent = fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(0x1f, 0x20) },
      { weight: 1, arbitrary: fc.nat(0xff) },
    );
    const bits = fc.tuple(exponent, fc.nat(0xffffff)).map(([high, mantissa]) => high * 0x1000000 + mantissa);
    const seen = new Set<string | undefined>();
    fc.assert(
      fc.property(bits, fc.nat(0xffffffff), (bits, nonce) => {
        const header = {
          version: HEADER_VERSION,
          contextHash: ZEROS,
          contentRoot: ZEROS,
          time: 0,
          bits,
          nonce,
        };
        const expected = expectedCode(header, powAlgorithm);
        seen.add(expected);
        for (let time = 0; time < 2; time++) expect(codeOf(header, powAlgorithm)).toBe(expected);
      }),
      { numRuns: 1500 },
    );
    expect(seen.size).toBe(3);
  },
);

test('A digest that is equal to the target meets it, and one that is greater by 1 does not', () => {
  // Compact bits have a mantissa of 3 bytes, so the digest of a header is replaced by one that they can express.
  const target = `007fffff${'0'.repeat(56)}`;
  const bytes = encodeHeader({
    version: HEADER_VERSION,
    contextHash: ZEROS,
    contentRoot: ZEROS,
    time: 0,
    bits: 0x1f7fffff,
    nonce: 0,
  });
  expect(() => checkHeader({ hash: target, bytes }, regtest)).not.toThrow();
  const greater = `${target.slice(0, -1)}1`;
  expect(() => checkHeader({ hash: greater, bytes }, regtest)).toThrow('ERR_QANTO_POW_NOT_MET');
});
