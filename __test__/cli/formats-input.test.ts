import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { FormatName } from '../../ts/cli/formats/names.ts';
import { ALTCHA, file, folder, NANO_ROOT, NOSTR, PAYLOAD, STAMP, solve, verify } from './formats-support.ts';
import { runHere } from './in-process.ts';

describe('Bad input', () => {
  test.each<[string, FormatName, string | Uint8Array, string, RegExp]>([
    ['an empty file', 'anubis', '', 'the challenge in', /must be JSON or text that is not empty; got ""/],
    ['white space', 'anubis', ' \r\n ', 'the challenge in', /not empty/],
    [
      'text that is not JSON',
      'anubis',
      'hunter',
      'the challenge in',
      /must be a JSON object with fields such as randomData, difficulty .*got "hunter"/,
    ],
    ['JSON that is not valid', 'anubis', '{"randomData":', 'the challenge', /is not valid JSON/],
    ['an array', 'anubis', '[1]', 'the challenge in', /must be a JSON object/],
    [
      'a challenge of another format',
      'anubis',
      '{"root":"00"}',
      'challenge.root',
      /challenge has no field root/,
    ],
    [
      'a field of another type',
      'anubis',
      '{"randomData":5}',
      'challenge.randomData',
      /a text of 1 to 1,024 characters; got 5/,
    ],
    ['a lone surrogate', 'anubis', '{"randomData":"\\ud800"}', 'challenge.randomData', /must be a text/],
    [
      'a field of the prototype',
      'anubis',
      '{"randomData":"a","__proto__":{}}',
      'challenge.__proto__',
      /has no field __proto__/,
    ],
    ['too much text', 'anubis', ' '.repeat(300_000), 'the challenge', /at most 262144 characters long/],
    [
      'bytes that are not UTF-8',
      'anubis',
      Buffer.from([0x7b, 0xff, 0x7d]),
      'the challenge',
      /not text in UTF-8/,
    ],
    ['UTF-16', 'anubis', Buffer.from('\ufeff{}', 'utf16le'), 'the challenge', /UTF-16/],
    ['a root of 31 bytes', 'nano', '00'.repeat(31), 'challenge.root', /64 hex digits/],
    [
      'an invalid threshold',
      'nano',
      `{"root":"${NANO_ROOT}","threshold":"high"}`,
      'challenge.threshold',
      /16 hex digits, or send, receive or epoch1; got "high"/,
    ],
    ['an invalid date', 'hashcash', '{"resource":"a","date":"tomorrow"}', 'challenge.date', /a date such as/],
    [
      'an event without bits',
      'nostr',
      JSON.stringify({ ...NOSTR, tags: [] }),
      'challenge.bits',
      /an integer from 1 to 256; got undefined/,
    ],
    [
      'an event without an author',
      'nostr',
      '{"kind":1}',
      'challenge.event.pubkey',
      /64 lowercase hex digits/,
    ],
    ['half a puzzle', 'friendly-captcha', 'aa.YYPQMw==', 'challenge.puzzle', /32 to 64 bytes/],
  ])(
    'of solve, %s, is refused with the name of the field and the value',
    async (_, format, content, argument, message) => {
      const stored = file('bad', content);
      const { code, stdout, error } = await solve(format, stored);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(error).toMatchObject({
        code: 'ERR_QANTO_INVALID_ARGUMENT',
        message: expect.stringMatching(message),
      });
      expect((error as { argument: string }).argument).toContain(argument);
    },
  );

  test('of solve, a file that does not exist, is named', async () => {
    const missing = path.join(folder, 'none.json');
    expect(await solve('nano', missing)).toMatchObject({
      code: 2,
      error: { argument: 'the challenge', value: missing, message: expect.stringContaining('ENOENT') },
    });
  });

  test.each<[FormatName, string[], string, RegExp]>([
    ['hashcash', ['--set', 'bits'], '--set', /a field and its value/],
    ['hashcash', ['--set', 'bitz=5'], '--set bitz', /did you mean bits\?/],
    [
      'hashcash',
      ['--set', 'resource=a', '--set', 'bits=x'],
      '--set bits',
      /an integer of at least 0; got "x"/,
    ],
    [
      'hashcash',
      ['--set', 'resource=a', '--set', 'bits=161'],
      '--set bits',
      /an integer from 1 to 160; got 161/,
    ],
    ['hashcash', ['--set', 'resource=a:b'], '--set resource', /without colons/],
    ['altcha', ['{}', '--start-nonce', '5'], '--start-nonce', /left out/],
    ['altcha', ['{}'], 'challenge.algorithm', /one of SHA-1, SHA-256, SHA-512/],
    ['hashcash', ['--set', 'resource=a', '--threads', '0'], '--threads', /from 1 to 256/],
  ])('in the flags of solve --format %s %j is refused', async (format, flags, argument, message) => {
    expect(await solve(format, ...flags)).toMatchObject({
      code: 2,
      stdout: '',
      error: { code: 'ERR_QANTO_INVALID_ARGUMENT', argument, message: expect.stringMatching(message) },
    });
  });

  test.each<[string, FormatName, string[], RegExp]>([
    ['an answer that is not JSON', 'nostr', ['bad.txt'], /must be JSON: the event, with its id; got "hello"/],
    [
      'an answer of another format',
      'hashcash',
      ['{"format":"nano","answer":"00"}'],
      /must be hashcash, as --format; got "nano"/,
    ],
    [
      'an event without the bits that it must have',
      'nostr',
      [JSON.stringify(NOSTR)],
      /challenge.bits must be an integer from 0 to 256; got undefined/,
    ],
    ['conditions without a key', 'altcha', [PAYLOAD], /challenge.hmacKey must be/],
    [
      'a bad number of bits',
      'hashcash',
      [STAMP, '--set', 'bits=999'],
      /--set bits must be an integer from 0 to 160; got 999/,
    ],
    [
      'a challenge that is no object',
      'altcha',
      [PAYLOAD, '--challenge', 'bad.txt'],
      /the challenge in .*bad.txt must be a JSON object/,
    ],
    ['standard input twice', 'nano', ['-', '--challenge', '-'], /must be a file/],
  ])('of verify, %s, is refused', async (_, format, args, message) => {
    const bad = file('bad.txt', 'hello');
    const outcome = await verify(format, ...args.map((arg) => (arg === 'bad.txt' ? bad : arg)));
    expect(outcome).toMatchObject({
      code: 2,
      stdout: '',
      error: { message: expect.stringMatching(message) },
    });
  });

  test.each(['solve', 'verify'])('A format and a flag of a template of %s are refused', async (command) => {
    const outcome = await runHere(command, '--format', 'nano', '--bits', '1d00ffff');
    expect(outcome).toMatchObject({
      code: 2,
      error: { message: expect.stringMatching(/cannot be used with option '--bits/) },
    });
    expect(await runHere(command, '--set', 'bits=5')).toMatchObject({
      code: 2,
      error: { message: expect.stringMatching(/^--set must be used with --format/) },
    });
  });

  test('The name of no format is refused, and a similar one is suggested or all are listed', async () => {
    const outcome = await solve('nanoo');
    expect(outcome).toMatchObject({ code: 2, error: { message: expect.stringContaining('nano') } });
  });
});

describe('A search in a format', () => {
  const ENDLESS = ['--set', `root=${NANO_ROOT}`, '--set', 'threshold=ffffffffffffffff'];

  test('that reaches its timeout ends with exit code 1', async () => {
    const outcome = await solve('nano', ...ENDLESS, '--timeout-ms', '1');
    expect(outcome).toMatchObject({ code: 1, stdout: '', error: { code: 'ERR_QANTO_TIMED_OUT' } });
  });

  test.each<[FormatName, string[]]>([
    ['nano', ENDLESS],
    ['altcha', [JSON.stringify({ ...ALTCHA, number: undefined, maxnumber: 2 ** 52 })]],
    ['cap', ['--set', 'token=x', '--set', 'd=16']],
    ['friendly-captcha', ['x.YYPQMwAAAAAAAAAAAQr/+gAAAAAAAAAAAAAAAAAAAAA=']],
  ])('of %s whose work is above the limit is refused before it begins', async (format, args) => {
    const outcome = await solve(format, ...args, '--max-expected-hashes', '1000000');
    expect(outcome).toMatchObject({
      code: 1,
      stdout: '',
      error: { code: 'ERR_QANTO_EXPECTED_WORK_TOO_HIGH' },
    });
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s with exit code %d', async (signal, code) => {
    const listeners = process.listenerCount(signal);
    const running = solve('nano', ...ENDLESS);
    expect(process.listenerCount(signal)).toBe(listeners + 1);
    process.emit(signal, signal);
    expect(await running).toMatchObject({ code, stdout: '', error: { code: 'ABORT_ERR' } });
    expect(process.listenerCount(signal)).toBe(listeners);
  });
});
