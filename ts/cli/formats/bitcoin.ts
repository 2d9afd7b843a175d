import { fromHex, toHex } from 'qanto';
import { bitcoin } from 'qanto/formats';
import type { FieldsOf, Format } from './format.ts';
import { asArgument, oddsOf } from './values.ts';

const HEADER_BYTES = 80;
const HEADER = /^[0-9a-f]{160}$/i;
const GENESIS =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f6' +
  '17fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c';
const TARGET_FIELDS = { target: 'text', algorithm: 'text' } as const;

export const bitcoinFormat: Format = {
  hashes: 'SHA-256d of a block header, or another hash function',
  algorithms: ['sha256d'],
  challenge: {
    what: 'the header: 160 hex digits; it must meet the target of its compact bits, or one of 64 hex digits as displayed',
    fields: { header: 'text', ...TARGET_FIELDS, versionRolling: 'integer' },
    text: { field: 'header', pattern: HEADER },
  },
  conditions: { what: 'nothing, or a target of 64 hex digits as displayed', fields: TARGET_FIELDS },
  answer: { what: 'the header with its nonce: 160 hex digits', pattern: HEADER },
  examples: { solve: [GENESIS, '--start-nonce', '2083236000'], verify: [GENESIS] },
  search(fields) {
    const challenge = {
      ...targetOf(fields),
      header: fromHex(asArgument(fields['header']), HEADER_BYTES, 'challenge.header'),
    };
    return {
      odds: oddsOf(bitcoin.template(challenge)),
      async solve(options) {
        const { header, hash, ...effort } = await bitcoin.solve(challenge, options);
        return { answer: toHex(header), details: { hash }, effort };
      },
    };
  },
  verify(fields, answer) {
    if (typeof answer !== 'string' || !HEADER.test(answer)) return malformed;
    return bitcoin.verify({ ...targetOf(fields), header: fromHex(answer) });
  },
};

const malformed = { valid: false, reason: 'malformed' } as const;

/** The challenge, with its target as an integer. */
function targetOf(fields: FieldsOf): FieldsOf {
  const { target } = fields;
  if (target === undefined) return fields;
  const bytes = fromHex(asArgument(target), 32, 'challenge.target');
  return { ...fields, target: BigInt(`0x${toHex(bytes)}`) };
}
