import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { templateOf } from '../../ts/cli/template-options.ts';
import { targetAsJson } from '../../ts/cli/template-target.ts';
import { parseTemplate } from '../../ts/cli/template-text.ts';
import { blockHeader, fromHex, type Template } from '../../ts/pow/index.ts';
import { GENESIS_HEADER, GENESIS_TARGET } from './genesis.ts';

const genesis = blockHeader(fromHex(GENESIS_HEADER));
const asJson = {
  algorithm: 'sha256d',
  preimage: GENESIS_HEADER,
  nonce: { offset: 76, encoding: 'u32le' },
  bits: '1d00ffff',
};
const { bits: _bits, ...withoutBits } = asJson;
const unix = process.platform === 'win32' ? test.skip : test;
const stdin = (text: string) => templateOf('-', {}, Readable.from([text]));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-template-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('A template', () => {
  test('is read from flags', async () => {
    const flags = { preimage: GENESIS_HEADER, nonceOffset: '76', bits: '1d00ffff' };
    expect(await templateOf(undefined, flags)).toEqual(genesis);
  });

  test('is read from a file', async () => {
    const file = path.join(folder, 'template.json');
    writeFileSync(file, JSON.stringify(asJson));
    expect(await templateOf(file, {})).toEqual(genesis);
  });

  test('is read from standard input in several chunks', async () => {
    const text = JSON.stringify(asJson);
    const pieces = Readable.from([text.slice(0, 10), text.slice(10)]);
    expect(await templateOf('-', {}, pieces)).toEqual(genesis);
  });

  unix('is read from a FIFO, whose writer may open it later', async () => {
    const fifo = path.join(folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    const reading = templateOf(fifo, {});
    await writeFile(fifo, JSON.stringify(asJson));
    expect(await reading).toEqual(genesis);
  });

  test.each([
    ['lowercase', GENESIS_HEADER],
    ['uppercase with surrounding white space', `\n ${GENESIS_HEADER.toUpperCase()}\r\n`],
  ])('is read from the hex digits of a header in %s', async (_, text) => {
    expect(await stdin(text)).toEqual(genesis);
  });

  test('may have a target instead of bits', async () => {
    expect(await stdin(JSON.stringify({ ...withoutBits, target: GENESIS_TARGET }))).toEqual(genesis);
  });

  test('has a default algorithm and a default encoding', async () => {
    const { algorithm: _, ...rest } = asJson;
    expect(await stdin(JSON.stringify({ ...rest, nonce: { offset: 76 } }))).toEqual(genesis);
  });

  test.each<[string, Parameters<typeof templateOf>[1], Partial<Template>]>([
    ['algorithm', { algorithm: 'blake3' }, { algorithm: 'blake3' }],
    ['nonce offset', { nonceOffset: '0' }, { nonce: { offset: 0, encoding: 'u32le' } }],
    ['target', { target: 'ff'.repeat(32) }, { target: 2n ** 256n - 1n }],
    ['bits', { bits: '207fffff' }, { target: 0x7fffffn << 232n }],
    ['leading zero bits', { leadingZeroBits: '20' }, { target: { leadingZeroBits: 20 } }],
    ['hex prefix', { hexPrefix: '00f' }, { target: { hexPrefix: '00f' } }],
    ['first bytes', { equals: '00ff' }, { target: { equals: Uint8Array.of(0, 255) } }],
    ['version rolling', { versionRolling: '16' }, { versionRolling: 16 }],
    [
      'nonce encoding and width',
      { nonceEncoding: 'hex', nonceWidth: '9' },
      { nonce: { offset: 76, encoding: 'hex', width: 9 } },
    ],
  ])('in a file is overridden by the flag for the %s', async (_, flags, changed) => {
    expect(await templateOf('-', flags, Readable.from([GENESIS_HEADER]))).toEqual({ ...genesis, ...changed });
  });
});

describe('A target in the JSON of a template', () => {
  test.each<[object | string, Template['target']]>([
    [{ leadingZeroBits: 20 }, { leadingZeroBits: 20 }],
    [{ hexPrefix: 'dceb' }, { hexPrefix: 'dceb' }],
    [{ compact: 0x1d00ffff }, { compact: 0x1d00ffff }],
    [{ equals: '00ff' }, { equals: Uint8Array.of(0, 255) }],
    [
      { atLeast: 'fffffff800000000', width: 8, endian: 'little' },
      { atLeast: 0xfffffff800000000n, width: 8, endian: 'little' },
    ],
    [
      { lo: '0', hi: 'd20000', width: 4, endian: 'big' },
      { lo: 0n, hi: 0xd20000n, width: 4, endian: 'big' },
    ],
    [GENESIS_TARGET, genesis.target],
  ])('is read and written as %j', async (json, target) => {
    expect((await stdin(JSON.stringify({ ...withoutBits, target: json }))).target).toEqual(target);
    expect(targetAsJson(target, 32)).toEqual(json);
  });

  test('has as many hex digits as the digest', async () => {
    const sha1 = { ...withoutBits, algorithm: 'sha1' };
    const target = '00'.repeat(19);
    expect((await stdin(JSON.stringify({ ...sha1, target: `${target}05` }))).target).toBe(5n);
    await expect(stdin(JSON.stringify({ ...sha1, target: GENESIS_TARGET }))).rejects.toMatchObject({
      message: expect.stringMatching(/^template\.target must be 40 hex digits; got/),
    });
  });

  test('has as many hex digits as the digest of the algorithm that a flag sets', async () => {
    const text = JSON.stringify({ ...withoutBits, target: '0'.repeat(15).concat('7') });
    const flags = { algorithm: 'blake2b', digestLength: '8' } as const;
    const template = await templateOf('-', flags, Readable.from([text]));
    expect(template).toMatchObject({ algorithm: 'blake2b', digestLength: 8, target: 7n });
  });
});

describe('The error names the field, its value and what is expected', () => {
  test.each([
    ['invalid JSON', '{"algorithm": }', /the template in standard input is not valid JSON: .*; got/],
    ['a header that is too short', 'ab12', /160 hex digits of a block header; got "ab12"/],
    ['empty text', '', /160 hex digits.*got ""/],
    [
      'an unknown key',
      { ...asJson, targt: '00' },
      /template has no field targt \(did you mean target\?\); got "00"/,
    ],
    [
      'an unknown key of the nonce',
      { ...asJson, nonce: { offset: 76, encodin: 'u32le' } },
      /template\.nonce has no field encodin \(did you mean encoding\?\)/,
    ],
    [
      'an unknown algorithm',
      { ...asJson, algorithm: 'scrypt' },
      /template\.algorithm must be one of sha1, sha256.*"scrypt"/,
    ],
    [
      'a missing preimage',
      { nonce: { offset: 0 } },
      /template\.preimage must be a string of hex digits; got undefined/,
    ],
    ['a preimage that is not hex', { ...asJson, preimage: 'xy' }, /template\.preimage must be.*got "xy"/],
    ['a nonce that is not an object', { ...asJson, nonce: 7 }, /template\.nonce must be an object.*got 7/],
    ['a negative offset', { ...asJson, nonce: { offset: -1 } }, /template\.nonce\.offset must be.*got -1/],
    [
      'a target that is a number',
      { ...asJson, target: 5 },
      /template\.target must be a string of hex.*got 5/,
    ],
    [
      'a target that is too short',
      { preimage: '00', nonce: { offset: 0 }, target: 'ff' },
      /template\.target must be 64 hex digits; got "ff"/,
    ],
    [
      'a target in addition to bits',
      { ...asJson, target: GENESIS_TARGET },
      /template has both target and bits, but it must have only one of them/,
    ],
    ['invalid bits', { ...asJson, bits: '00000000' }, /compact bits/],
    [
      'a target with a bound that is not hex',
      { ...withoutBits, target: { atLeast: 5, width: 4, endian: 'big' } },
      /template\.target\.atLeast must be a string of hex digits, most significant first; got 5/,
    ],
    [
      'a target with bytes that are not hex',
      { ...withoutBits, target: { equals: 'xy' } },
      /template\.target\.equals must be an even number of hex digits; got "xy"/,
    ],
  ])('for %s', async (_, content, says) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await expect(stdin(text)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      message: expect.stringMatching(says),
    });
  });

  test.each([
    ['a missing template', undefined, {}, /--preimage or a template file must be given/],
    ['a missing offset', undefined, { preimage: '00000000' }, /--nonce-offset must be given/],
    [
      'a missing target',
      undefined,
      { preimage: '00000000', nonceOffset: '0' },
      /--target, --bits, --leading-zero-bits, --hex-prefix or --equals must be given/,
    ],
    ['a missing file', 'none.json', {}, /a readable file \(ENOENT.*got "none\.json"/],
    ['a directory', tmpdir(), {}, /a readable file \(EISDIR/],
    [
      'an offset that is not an integer',
      undefined,
      { nonceOffset: '1e2' },
      /--nonce-offset must be an integer.*"1e2"/,
    ],
    [
      'an offset that is too large',
      undefined,
      { nonceOffset: '9'.repeat(30) },
      /--nonce-offset must be an integer below/,
    ],
  ])('for %s', async (_, file, flags, says) => {
    await expect(templateOf(file, flags)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      message: expect.stringMatching(says),
    });
  });

  test.each([
    ['in UTF-16', Buffer.from(`\ufeff${GENESIS_HEADER}`, 'utf16le'), /its encoding is UTF-16/],
    ['of binary data', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0xff]), /it is not text in UTF-8/],
    ['with an escape sequence', Buffer.from('{"preimage":"\u001b[31m"}'), /control character U\+001B/],
  ])('for a template %s, without its contents', async (_, bytes, says) => {
    const file = path.join(folder, 'template');
    writeFileSync(file, bytes);
    for (const [name, stdin] of [
      [file, Readable.from([])],
      ['-', Readable.from([bytes])],
    ] as const) {
      await expect(templateOf(name, {}, stdin)).rejects.toMatchObject({
        code: 'ERR_QANTO_INVALID_ARGUMENT',
        message: expect.stringMatching(says),
        value: name === '-' ? 'standard input' : file,
      });
    }
  });

  unix('for a device', async () => {
    await expect(templateOf('/dev/zero', {})).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      message: expect.stringMatching(/it is a device, and it must be a regular file or a FIFO/),
    });
  });

  test('for an unknown field with a long or unprintable name is short and printable', () => {
    for (const name of ['x'.repeat(1e5), '\u009b31m\u202e']) {
      const text = JSON.stringify({ ...asJson, [name]: 1 });
      expect(() => parseTemplate(text, 'here')).toThrow(
        expect.objectContaining({ message: expect.stringMatching(/^[\x20-\x7e]{1,200}$/) }),
      );
    }
  });

  test('for a stream that does not end', async () => {
    const endless = Readable.from(
      (function* () {
        for (;;) yield '00'.repeat(1000);
      })(),
    );
    await expect(templateOf('-', {}, endless)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      message: expect.stringMatching(/at most \d+ characters long; got "standard input"/),
    });
  });
});
