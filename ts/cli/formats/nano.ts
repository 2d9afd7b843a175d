import { fromHex, toHex } from 'qanto';
import { nano } from 'qanto/formats';
import { mustBe } from 'qanto/internal';
import type { FieldsOf, Format, Taken } from './format.ts';
import { asArgument, objectOf, oddsOf } from './values.ts';

const challenge: Taken = {
  what:
    'the root of the block, 64 hex digits, and the threshold: 16 hex digits, or send, receive or epoch1; or a request of the ' +
    'RPC with hash, difficulty and multiplier',
  fields: { root: 'text', threshold: 'text', multiplier: 'text' },
  text: { field: 'root', pattern: /^[0-9a-f]{64}$/i },
};
const ROOT = '718CC2121C3E641059BC1C2CFC45666C99E8AE922F7A807B7D07B62C995D79E2';

export const nanoFormat: Format = {
  hashes: 'BLAKE2b of 8 bytes of a nonce and the root of a block',
  algorithms: ['blake2b'],
  challenge,
  conditions: challenge,
  answer: { what: 'the work: 16 hex digits', pattern: /^[0-9a-f]{16}$/i },
  examples: {
    solve: [ROOT, '--set', 'threshold=ffff000000000000'],
    verify: ['2b3d689bbcb21dca', '--challenge', ROOT],
  },
  search(fields) {
    const given = challengeOf(fields);
    return {
      odds: oddsOf(nano.template(given)),
      async solve(options) {
        const { work, value, ...effort } = await nano.solve(given, options);
        return { answer: work, details: detailsOf(value, given), effort };
      },
    };
  },
  verify(fields, answer) {
    const given = challengeOf(fields);
    // The RPC answers with an object. Its difficulty is not the one that was asked for.
    const verdict = nano.verify(given, asArgument(objectOf(answer)?.['work'] ?? answer));
    return verdict.valid ? { valid: true, ...detailsOf(verdict.value, given) } : verdict;
  },
};

/** The value as the difficulty of the RPC, and how many times the work of the threshold it shows. */
function detailsOf(value: bigint, { threshold = nano.THRESHOLDS.send }: nano.NanoChallenge) {
  return { difficulty: hex(value), multiplier: nano.multiplierOf(value, threshold) };
}

/** The challenge of the library. The RPC calls the root the hash, and the threshold the difficulty. */
function challengeOf(fields: FieldsOf): nano.NanoChallenge {
  const { action, hash, difficulty, multiplier, ...set } = fields;
  const { root = hash, threshold = difficulty, ...others } = set;
  const base = thresholdOf(threshold);
  if (multiplier === undefined)
    return asArgument({ ...others, root, ...(base !== undefined && { threshold: base }) });
  const times = typeof multiplier === 'string' ? Number(multiplier || Number.NaN) : multiplier;
  return asArgument({ ...others, root, threshold: nano.thresholdOf(asArgument(times), base) });
}

function thresholdOf(value: unknown): bigint | undefined {
  if (value === undefined) return undefined;
  if (value === 'send' || value === 'receive' || value === 'epoch1') return nano.THRESHOLDS[value];
  if (typeof value !== 'string' || !/^[0-9a-f]{16}$/i.test(value)) {
    throw mustBe('challenge.threshold', value, '16 hex digits, or send, receive or epoch1');
  }
  return BigInt(`0x${toHex(fromHex(value))}`);
}

function hex(value: bigint): string {
  return value.toString(16).padStart(16, '0');
}
