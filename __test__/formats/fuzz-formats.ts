/**
 * What must hold for any JSON from outside: a challenge is refused with an `InvalidArgumentError` or makes a search, which stays within
 * the limits of the caller; an answer is never an error; and only the same answer is valid.
 */
import { InvalidArgumentError, QantoError } from 'qanto';
import type { Format } from '../../ts/cli/formats/format.ts';
import { FORMAT_NAMES, type FormatName } from '../../ts/cli/formats/names.ts';
import { FORMATS } from '../../ts/cli/formats/table.ts';
import { mutated, type Random, randomOf } from './json-mutations.ts';

/** What was seen, so that a test can tell that it tests something. */
export interface Seen {
  /** The reasons with which answers were refused, by the name of the format. */
  readonly reasons: Map<string, Set<string>>;
  /** The codes of the errors of searches. */
  readonly codes: Map<string, number>;
  refusedChallenges: number;
  validAnswers: number;
}

interface Case {
  readonly format: FormatName;
  readonly challenge: Readonly<Record<string, unknown>>;
  readonly conditions: Readonly<Record<string, unknown>>;
  readonly answer: unknown;
  /** A hash takes milliseconds, so that few cases are run, and with few hashes. */
  readonly isSlow?: true;
  /** Makes the text of the answer of its value. */
  readonly encode?: (answer: unknown) => unknown;
  /** The part of the answer that is checked, of which two valid answers have the same, if it is so hard to find another one. */
  readonly core?: (answer: never) => unknown;
}

/** Runs this number of cases, some of which also search. They depend only on `seed`. */
export async function fuzzFormats(cases: readonly Case[], count: number, seed: number): Promise<Seen> {
  const seen: Seen = { reasons: new Map(), codes: new Map(), refusedChallenges: 0, validAnswers: 0 };
  for (let number = 0; number < count; number++) {
    const random = randomOf(Math.imul(seed, 0x9e37_79b1) + number);
    const drawn = random.pick(cases);
    const given = drawn.isSlow && random.below(40) > 0 ? cases[0]! : drawn;
    const format = FORMATS[given.format];
    switch (random.below(4)) {
      case 0:
        await checkChallenge(random, format, given, seen);
        break;
      case 1:
        await checkConditions(random, format, given, seen);
        break;
      default:
        await checkAnswer(random, format, given, seen);
    }
  }
  return seen;
}

async function checkChallenge(
  random: Random,
  format: Format,
  { challenge, isSlow }: Case,
  seen: Seen,
): Promise<void> {
  const fields = mutated(random, challenge);
  const search = await orRefused(() => format.search((fields ?? {}) as never));
  if (search === undefined) {
    seen.refusedChallenges++;
    return;
  }
  const limit = random.pick([1, 64, 4096]);
  try {
    const { effort } = await search.solve({
      maxExpectedHashes: limit,
      maxHashes: isSlow ? 4 : 8192,
      threads: 1,
    });
    if (Math.floor(effort.expectedHashes ?? 0) > limit) {
      throw new Error(`a search of ${effort.expectedHashes} hashes began in spite of the limit ${limit}`);
    }
  } catch (error) {
    if (!(error instanceof QantoError)) throw error;
    seen.codes.set(error.code, (seen.codes.get(error.code) ?? 0) + 1);
  }
}

async function checkConditions(random: Random, format: Format, given: Case, seen: Seen): Promise<void> {
  const { conditions, answer, encode = (same) => same } = given;
  const fields = (mutated(random, conditions) ?? {}) as never;
  const verdict = await orRefused(() => format.verify(fields, encode(answer), signal));
  if (verdict === undefined) seen.refusedChallenges++;
}

async function checkAnswer(random: Random, format: Format, given: Case, seen: Seen): Promise<void> {
  const { conditions, answer, encode = (same) => same, core = () => '' } = given;
  let changed = mutated(random, answer);
  let sent = encode(changed);
  if (random.below(4) === 0) {
    changed = undefined;
    sent = mutated(random, sent);
  }
  const verdict = await format.verify(conditions, sent, signal);
  if (!verdict.valid) {
    const reasons = seen.reasons.get(given.format) ?? new Set();
    seen.reasons.set(given.format, reasons.add(verdict.reason));
    return;
  }
  seen.validAnswers++;
  if (changed === undefined) return;
  const [one, other] = [changed, answer].map((value) => JSON.stringify(core(value as never)));
  if (one !== other) throw new Error(`${given.format} accepts ${JSON.stringify(sent)} as ${one}`);
}

/** The result, or undefined if the argument is refused. Any other error is thrown. */
async function orRefused<Result>(run: () => Result | Promise<Result>): Promise<Result | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof InvalidArgumentError) return undefined;
    throw error;
  }
}

const { signal } = new AbortController();
const base64 = (value: unknown) => Buffer.from(JSON.stringify(value) ?? '').toString('base64');
const same = (value: unknown) => value;
const ROOT = '718CC2121C3E641059BC1C2CFC45666C99E8AE922F7A807B7D07B62C995D79E2';
const SALT = '4daa980071915f949ac6733ad7d35a58074b01a7cc234822565d25b34b451538';
const GO_AWAY = '37964cdb86c8b4fe24ae9654cd40b0d6d68296ce846f4575ba414e41b07f2893';
const HEADER =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c';
const PUZZLE = '6183d0330000000000000000010a013200000000000000000000000000000000';
const EVENT = {
  pubkey: 'a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243',
  created_at: 1651794653,
  kind: 1,
  tags: [['nonce', '776797', '20']],
  content: "It's just me mining my own business",
};
const MCAPTCHA = { salt: 'myrandomsaltisnotlongenoug', string: 'ironmansucks', difficulty_factor: 50_000 };
const TOKEN = 'wFqIT_wY3tYKcrm5zqwaUoWym3ZCz32cCsrJOgYBgihtpaWUhGyWJ--EY-zfwI-i';
const ALTCHA_V2 = {
  parameters: {
    algorithm: 'PBKDF2/SHA-256',
    cost: 1000,
    keyLength: 32,
    keyPrefix: '00',
    nonce: '39baf91a19d671f8231217f9e28342a6',
    salt: '5e00d5d152e1a5db7d44fb6404a40a5e',
  },
  signature: 'a10045ef3381d5516e0c3fd6bf0b90e02fab68d576ffe9e0e1c2d1cd1e404f2a',
};
const FRIENDLY = Buffer.concat([Buffer.from(PUZZLE, 'hex'), Buffer.from('0102030405', 'hex')]).toString(
  'base64',
);

export const CASES: readonly Case[] = [
  {
    format: 'altcha',
    challenge: {
      algorithm: 'SHA-1',
      challenge: 'fd675ef38f4d46af55696d4b265dd697e9e39d45',
      maxnumber: 1000,
      salt: '00112233445566778899aabb&',
      signature: 'bde0d3cd8672bae86366f357cb27f989fe44d08d',
    },
    conditions: { hmacKey: 'qanto test key', algorithms: ['SHA-1'] },
    answer: {
      algorithm: 'SHA-1',
      challenge: 'fd675ef38f4d46af55696d4b265dd697e9e39d45',
      number: 777,
      salt: '00112233445566778899aabb&',
      signature: 'bde0d3cd8672bae86366f357cb27f989fe44d08d',
    },
    encode: base64,
    core: ({ algorithm, challenge, number, salt, signature }: Record<string, unknown>) => [
      algorithm,
      challenge,
      number,
      salt,
      signature,
    ],
  },
  {
    format: 'altcha-v2',
    challenge: ALTCHA_V2,
    conditions: { hmacKey: 'signature.secret' },
    answer: {
      challenge: ALTCHA_V2,
      solution: {
        counter: 352,
        derivedKey: '00cbaa91ccefaa0bbd461ffa67e8c7d9aeee540ceb6063165959bdbb725297e3',
        time: 100,
      },
    },
    isSlow: true,
    encode: base64,
    // Another order of the parameters, and another time, are the same answer.
    core: ({ solution }: { solution: Record<string, unknown> }) => [
      solution['counter'],
      solution['derivedKey'],
    ],
  },
  {
    format: 'anubis',
    challenge: { randomData: 'hunter', difficulty: 2 },
    conditions: { randomData: 'hunter', difficulty: 4 },
    answer: { nonce: 73720, response: '000021aed34dbacfb31c00533eecdc3099fe858b8377273a12cc9cdfecfaebe4' },
    core: ({ nonce, response }: Record<string, unknown>) => [String(nonce), response],
  },
  {
    format: 'bitcoin',
    challenge: { header: HEADER, target: '0f'.padEnd(64, 'f') },
    conditions: {},
    answer: HEADER,
    core: (header: string) => header.toLowerCase(),
  },
  {
    format: 'cap',
    challenge: { token: 'abc123def456', challenge: { c: 5, s: 16, d: 2 } },
    conditions: { token: 'abc123def456', c: 5, s: 16, d: 2 },
    answer: { token: 'abc123def456', solutions: [204, 41, 2, 37, 108] },
  },
  {
    format: 'cerberus',
    challenge: { salt: SALT, difficulty: 4 },
    conditions: { salt: SALT, difficulty: 7 },
    answer: '30542',
  },
  {
    format: 'friendly-captcha',
    challenge: { puzzle: `aa.${FRIENDLY}` },
    conditions: { secret: 'qanto test key', now: '2021-11-04T12:30:00Z' },
    answer: `14d0670f62ba506c5965fafcab23291d20195e88f31d9b4d3ffe0780141ccd77.${FRIENDLY}.AAAAAJoAAAA=.AgAA`,
    // The puzzle is signed, and another solution is easy to find.
    core: (text: string) => Buffer.from(text.split('.')[1]!, 'base64').toString('hex'),
  },
  {
    format: 'go-away',
    challenge: { challenge: GO_AWAY, difficulty: 8 },
    conditions: { challenge: GO_AWAY, difficulty: 20 },
    answer: `${GO_AWAY}68cd110000000000`,
    core: (hex: string) => hex.toLowerCase(),
  },
  {
    format: 'hashcash',
    challenge: { resource: 'foo', bits: 8, date: '2026-01-01', ext: '', rand: 'abc' },
    conditions: { resource: 'foo', now: '2004-08-07', bits: 20 },
    answer: '1:20:040806:foo::65f460d0726f420d:13a6b8',
    core: same,
  },
  {
    format: 'hashcash-apple',
    challenge: { bits: 8, challenge: '4d74fb15eb23f465f1f6fcbf534e5877', date: '2023-02-23T17:06:00Z' },
    conditions: { bits: 11, challenge: '4d74fb15eb23f465f1f6fcbf534e5877' },
    answer: '1:11:20230223170600:4d74fb15eb23f465f1f6fcbf534e5877::6373',
  },
  {
    format: 'mcaptcha',
    challenge: { ...MCAPTCHA, difficulty_factor: 100 },
    conditions: MCAPTCHA,
    answer: { nonce: 3838, result: '340282134200508703755252020331960825081' },
    core: ({ nonce, result }: Record<string, unknown>) => [String(nonce), result],
  },
  {
    format: 'mega',
    challenge: { challenge: `1:255:1700000000:${TOKEN}` },
    conditions: { challenge: `1:180:1700000000:${TOKEN}` },
    answer: `1:${TOKEN}:AAABJw`,
    isSlow: true,
    core: same,
  },
  {
    format: 'nano',
    challenge: { root: ROOT, threshold: 'ff00000000000000' },
    conditions: { root: ROOT },
    answer: '2b3d689bbcb21dca',
    core: (work: string) => work.toLowerCase(),
  },
  {
    format: 'nostr',
    challenge: { bits: 8, ...EVENT },
    conditions: { bits: 20 },
    answer: { id: '000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358', ...EVENT },
    core: ({ id, pubkey, created_at, kind, tags, content }: Record<string, unknown>) => [
      id,
      pubkey,
      created_at,
      kind,
      tags,
      content,
    ],
  },
];

/** A format without a case would not be tested. */
export const UNTESTED = FORMAT_NAMES.filter((name) => !CASES.some(({ format }) => format === name));
