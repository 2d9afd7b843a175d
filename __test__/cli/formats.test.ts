import { describe, expect, test } from '@jest/globals';
import { FORMAT_NAMES, type FormatName } from '../../ts/cli/formats/names.ts';
import { FORMATS } from '../../ts/cli/formats/table.ts';
import { ALTCHA, file, NANO_ROOT, NOSTR, PAYLOAD, printed, STAMP, solve, verify } from './formats-support.ts';
import { runHere } from './in-process.ts';

describe('The examples that qanto formats prints', () => {
  test.each(FORMAT_NAMES)('solve and verify the format %s', async (format) => {
    const { examples } = FORMATS[format];
    const solved = await solve(format, ...examples.solve);
    expect(solved.error).toBeUndefined();
    expect(printed(solved)).toMatchObject({ format, answer: expect.anything(), hashes: expect.any(Number) });
    const verified = await verify(format, ...examples.verify);
    expect({ code: verified.code, ...printed(verified) }).toMatchObject({ code: 0, format, valid: true });
  });
});

describe('The command qanto formats', () => {
  test('describes every format as JSON', async () => {
    const { formats } = printed(await runHere('formats', '--json'));
    expect(formats.map(({ name }: { name: string }) => name)).toEqual(FORMAT_NAMES);
    for (const { name, hashes, solve: takes, verify: checks } of formats) {
      expect(takes).toMatchObject({ takes: expect.any(String), fields: expect.any(Array) });
      expect(takes.example).toContain(`qanto solve --format ${name} `);
      expect(checks.example).toContain(`qanto verify --format ${name} `);
      expect(hashes).not.toBe('');
    }
  });

  test('describes one format as text', async () => {
    const { stdout } = await runHere('formats', 'nano');
    expect(stdout).toMatch(/^nano: BLAKE2b .*\n {2}solve takes {3}the root/);
    expect(stdout).not.toContain('hashcash');
  });

  test('refuses the name of no format', async () => {
    expect(await runHere('formats', 'mano')).toMatchObject({ code: 2 });
  });
});

/** The published vectors: the challenge, the arguments of `verify` besides the answer, and the answer that `solve` finds. */
const COUNTING = Buffer.from(Array.from({ length: 64 }, (_, index) => index)).toString('hex');
const SALT = '4daa980071915f949ac6733ad7d35a58074b01a7cc234822565d25b34b451538';
const GO_AWAY = '37964cdb86c8b4fe24ae9654cd40b0d6d68296ce846f4575ba414e41b07f2893';
const GENESIS =
  '0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f617fc81bc3888a51323a9fb8aa4b1e5e4a29ab5f49ffff001d1dac2b7c';
const SOLVED: readonly (readonly [FormatName, challenge: unknown, answer: unknown, ...flags: string[]])[] = [
  ['anubis', { randomData: 'hunter' }, { nonce: 73720, response: /^000021aed3/ }],
  ['anubis', { randomData: COUNTING, difficulty: 5 }, { nonce: 379685, response: /^000001501515/ }],
  ['bitcoin', GENESIS, GENESIS, '--start-nonce', '2083236000'],
  [
    'cap',
    { token: 'abc123def456', c: 5, s: 16, d: 2 },
    { token: 'abc123def456', solutions: [204, 41, 2, 37, 108] },
  ],
  ['cerberus', { salt: SALT }, { nonce: 70, response: /^0088ca24/ }],
  ['cerberus', { salt: SALT, difficulty: 7 }, { nonce: 30542, response: /^00050230e3e073ba/ }],
  [
    'cerberus',
    {
      challenge: '0123456789abcdef'.repeat(4),
      nonce: 1_234_567,
      timestamp: 1_751_000_000,
      signature: 'ab'.repeat(64),
    },
    { nonce: 70, response: /^0088ca24/ },
  ],
  ['go-away', { challenge: GO_AWAY, target: 'x', difficulty: 20 }, `${GO_AWAY}68cd110000000000`],
  [
    'hashcash-apple',
    { bits: 11, challenge: '4d74fb15eb23f465f1f6fcbf534e5877', date: '2023-02-23T17:06:00Z' },
    '1:11:20230223170600:4d74fb15eb23f465f1f6fcbf534e5877::6373',
  ],
  [
    'hashcash',
    { resource: 'qanto', bits: 16, date: '2026-01-01', rand: '0123456789abcdef' },
    /^1:16:260101:qanto::0123456789abcdef:\d+$/,
  ],
];

describe('A published vector of a challenge', () => {
  test.each(SOLVED)(
    'of %s is solved from a file, and its answer is valid (case %#)',
    async (format, challenge, answer, ...flags) => {
      const json = typeof challenge === 'string' ? challenge : JSON.stringify(challenge);
      const stored = file('challenge', json);
      const solved = await solve(format, stored, ...flags);
      expect(solved).toMatchObject({ code: 0 });
      const found = printed(solved).answer;
      if (typeof answer === 'object' && !(answer instanceof RegExp)) {
        const { response, ...others } = answer as { response?: RegExp };
        expect(found).toMatchObject(others);
        if (response) expect(found.response).toMatch(response);
      } else if (answer instanceof RegExp) expect(found).toMatch(answer);
      else expect(found).toBe(answer);
      const now = format === 'hashcash' ? ['--set', 'now=2026-01-02'] : [];
      const conditions = format === 'bitcoin' ? [] : ['--challenge', stored];
      const verified = await verify(format, file('answer.json', solved.stdout), ...conditions, ...now);
      expect({ code: verified.code, ...printed(verified) }).toMatchObject({ code: 0, valid: true });
    },
  );
});

const MCAPTCHA = {
  salt: 'myrandomsaltisnotlongenoug',
  string: 'ironmansucks',
  difficulty_factor: 1000,
  max_recorded_nonce: 9,
};
const RECEIVED = '2DD2B07F1BBB385B7E1097363D9FCFDAA56DFA74ECB7D59A9E468E7472165660';
const KEY = ['--set', 'hmacKey=qanto test key', '--set', 'algorithms=SHA-256,SHA-512'];
const IN_TIME = ['--set', 'now=2013-03-04'];

const TOKEN = '3NIjq_fgu6bTyepwHuKiaB8a1YRjISBhktWK1fjhRx86RhOqKZNAcOZht0wJvmhQ';

describe('A published vector of an answer', () => {
  test.each<[FormatName, string, string[], object]>([
    [
      'mega',
      `1:${TOKEN}:AAAAhA`,
      ['--challenge', `1:192:1700000000:${TOKEN}`],
      { token: TOKEN, timestamp: 1_700_000_000 },
    ],
    ['mega', `1:${TOKEN}:AAADDg`, ['--set', `challenge=1:180:0:${TOKEN}`], { token: TOKEN }],
    [
      'mega',
      `1:${TOKEN}:AAADDw`,
      ['--set', `challenge=1:180:0:${TOKEN}`],
      { valid: false, reason: 'too-little-work' },
    ],
    [
      'altcha',
      PAYLOAD,
      KEY,
      {
        challenge: ALTCHA.challenge,
        params: { expires: '4102444800' },
        expiresAt: '2100-01-01T00:00:00.000Z',
      },
    ],
    ['altcha', PAYLOAD, KEY.slice(0, 2), { valid: false, reason: 'wrong-algorithm' }],
    [
      'altcha',
      PAYLOAD,
      ['--set', 'hmacKey=other', ...KEY.slice(2)],
      { valid: false, reason: 'wrong-signature' },
    ],
    [
      'mcaptcha',
      '{"nonce":571,"result":"340197138724138968906016546471491665380"}',
      ['--challenge', JSON.stringify(MCAPTCHA)],
      {},
    ],
    [
      'mcaptcha',
      '{"nonce":572,"result":"340197138724138968906016546471491665380"}',
      ['--challenge', JSON.stringify(MCAPTCHA)],
      { valid: false, reason: 'wrong-result' },
    ],
    ['nano', '2bf29ef00786a6bc', ['--challenge', NANO_ROOT], { valid: false, reason: 'too-little-work' }],
    ['nano', '2b3d689bbcb21dca', ['--challenge', NANO_ROOT], { difficulty: 'fffffff93c41ec94' }],
    [
      'nano',
      JSON.stringify({ work: '146232c92971e467', difficulty: '0000000000000000' }),
      [
        '--challenge',
        JSON.stringify({ action: 'work_generate', hash: RECEIVED, difficulty: 'fffffe0000000000' }),
      ],
      { difficulty: 'ffffffcf8f56c369' },
    ],
    [
      'nano',
      JSON.stringify({ hash: RECEIVED, work: '146232c92971e467', difficulty: '0000000000000000' }),
      ['--challenge', RECEIVED],
      { valid: false, reason: 'too-little-work' },
    ],
    [
      'nano',
      '146232c92971e467',
      ['--challenge', RECEIVED, '--set', 'threshold=receive'],
      { difficulty: 'ffffffcf8f56c369' },
    ],
    [
      'nano',
      '146232c92971e467',
      ['--challenge', RECEIVED, '--set', 'multiplier=0.015625'],
      { difficulty: 'ffffffcf8f56c369' },
    ],

    ['nostr', JSON.stringify(NOSTR), ['--set', 'bits=20'], { bits: 21 }],
    ['nostr', JSON.stringify(NOSTR), ['--set', 'bits=22'], { valid: false, reason: 'too-little-work' }],
    ['nostr', JSON.stringify(NOSTR), ['--set', 'bits=21'], { valid: false, reason: 'no-commitment' }],
    [
      'nostr',
      JSON.stringify({ ...NOSTR, content: '' }),
      ['--set', 'bits=0'],
      { valid: false, reason: 'wrong-id' },
    ],
    [
      'hashcash',
      STAMP,
      IN_TIME,
      {
        resource: 'adam@cypherspace.org',
        bits: 20,
        date: '2013-03-03T06:00:00.000Z',
        expiresAt: '2013-04-02T06:00:00.000Z',
      },
    ],
    ['hashcash', STAMP, [], { valid: false, reason: 'expired' }],
    ['hashcash', STAMP, ['--set', 'resource=foo', ...IN_TIME], { valid: false, reason: 'wrong-resource' }],
    ['hashcash', STAMP, ['--set', 'bits=21', ...IN_TIME], { valid: false, reason: 'too-few-bits' }],
    ['hashcash', STAMP.replace('adam', 'anni'), IN_TIME, { valid: false, reason: 'too-little-work' }],
    [
      'go-away',
      `${GO_AWAY}68cd110000000001`,
      ['--challenge', GO_AWAY],
      { valid: false, reason: 'too-little-work' },
    ],
    ['bitcoin', GENESIS.replace(/^01/, '02'), [], { valid: false, reason: 'too-little-work' }],
    ['bitcoin', '"00"', [], { valid: false, reason: 'malformed' }],
    [
      'cap',
      '[204,41,2,37,108]',
      ['--challenge', '{"token":"abc123def456","challenge":{"c":5,"s":16,"d":2},"expires":1}'],
      {},
    ],
    [
      'cap',
      '{"token":"b","solutions":[1]}',
      ['--set', 'token=a', '--set', 'c=1'],
      { valid: false, reason: 'wrong-challenge' },
    ],
  ])('of %s is checked (case %#)', async (format, answer, flags, expected) => {
    const { code, stdout, error } = await verify(format, file('answer', answer), ...flags);
    expect(error).toBeUndefined();
    const verdict = JSON.parse(stdout);
    expect(verdict).toMatchObject({ format, valid: true, ...expected });
    expect(code).toBe(verdict.valid ? 0 : 1);
  });

  test('is read from the argument, and from a file with a challenge beside it', async () => {
    expect(await verify('hashcash', STAMP, ...IN_TIME)).toMatchObject({ code: 0 });
    const both = { challenge: { resource: 'foo', bits: 20 }, answer: STAMP };
    const { code, stdout } = await verify('hashcash', file('both.json', JSON.stringify(both)), ...IN_TIME);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 1, reason: 'wrong-resource' });
  });

  test.each([
    ['a line feed', `${STAMP}\n`],
    ['a carriage return and a line feed', `${STAMP}\r\n`],
    ['a byte order mark before it', `\ufeff${STAMP}`],
    ['white space around it', `  \t${STAMP}  \n\n`],
  ])('is read from a file with %s', async (_, content) => {
    expect(await verify('hashcash', file('stamp.txt', content), ...IN_TIME)).toMatchObject({ code: 0 });
  });

  test('is printed as text, with one line for each field', async () => {
    const { stdout } = await runHere('verify', '--format', 'hashcash', STAMP, ...IN_TIME);
    expect(stdout).toMatch(/^format +hashcash\nvalid +true\nbits +20\n/);
  });
});

test.each([
  [{ algorithm: 'SHA-256', cost: 1, keyPrefix: '0000' }, 126_794, 65_536],
  [{ algorithm: 'SCRYPT', cost: 1024, memoryCost: 8 }, 23, 256],
])('A published vector of ALTCHA, version 2, is solved: %j', async (parameters, counter, expectedHashes) => {
  const nonce = '39baf91a19d671f8231217f9e28342a6';
  const salt = '5e00d5d152e1a5db7d44fb6404a40a5e';
  const challenge = JSON.stringify({ parameters: { ...parameters, keyLength: 32, nonce, salt } });
  expect(printed(await solve('altcha-v2', challenge))).toMatchObject({ counter, expectedHashes });
  expect(await solve('altcha-v2', challenge, '--max-expected-hashes', '255')).toMatchObject({
    code: 1,
    error: { code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH' },
  });
});

test('A challenge of ALTCHA whose counter the server has chosen does not say how much work it is', async () => {
  const parameters = {
    algorithm: 'SHA-256',
    cost: 1,
    keyPrefix: '00',
    keySignature: 'ab',
    nonce: '00',
    salt: '00',
  };
  const outcome = await solve('altcha-v2', JSON.stringify({ parameters }), '--max-expected-hashes', '1000');
  expect(outcome).toMatchObject({ code: 2, error: { message: expect.stringMatching(/use --max-hashes/) } });
  const refused = await solve('altcha-v2', JSON.stringify({ parameters }), '--set', 'maxMemoryBytes=0');
  expect(refused).toMatchObject({ code: 2, error: { code: 'ERR_QANTO_INVALID_ARGUMENT' } });
});

test('A challenge of Anubis is taken from the object in its page, if its method is a proof of work', async () => {
  const page = (algorithm: string) =>
    JSON.stringify({ rules: { algorithm, difficulty: 4 }, challenge: { id: 'x', randomData: 'hunter' } });
  expect(printed(await solve('anubis', page('fast'))).answer.nonce).toBe(73720);
  expect(await solve('anubis', page('preact'))).toMatchObject({
    code: 2,
    error: { argument: 'challenge.rules.algorithm', value: 'preact' },
  });
});

test('An event is mined with the number of bits at which its tag aims, unless another one is set', async () => {
  const event = JSON.stringify({ ...NOSTR, tags: [['nonce', '', '10']], content: 'Hello' });
  expect(printed(await solve('nostr', event)).answer.tags).toEqual([['nonce', expect.any(String), '10']]);
  const harder = printed(await solve('nostr', event, '--set', 'bits=12'));
  expect(harder.answer.tags).toEqual([['nonce', expect.any(String), '12']]);
  expect(harder.bits).toBeGreaterThanOrEqual(12);
});

test('A puzzle of Friendly Captcha whose signature is not that of the secret is refused', async () => {
  const [answer = '', , , ...now] = FORMATS['friendly-captcha'].examples.verify;
  const forged = await verify('friendly-captcha', answer, '--set', 'secret=other', ...now);
  expect({ code: forged.code, ...printed(forged) }).toMatchObject({ code: 1, reason: 'malformed-or-forged' });
  const unchecked = await verify('friendly-captcha', answer, ...now);
  expect({ code: unchecked.code, ...printed(unchecked) }).toMatchObject({ code: 0, valid: true });
  const late = await verify('friendly-captcha', answer, '--set', 'now=2021-11-05');
  expect(printed(late)).toMatchObject({ valid: false, reason: 'expired' });
});
