import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { templateOf } from '../../ts/cli/template-options.ts';
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
const stdin = (text: string) => templateOf('-', {}, Readable.from([text]));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-template-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('a template', () => {
  test('is read from flags', async () => {
    const flags = { preimage: GENESIS_HEADER, nonceOffset: '76', bits: '1d00ffff' };
    expect(await templateOf(undefined, flags)).toEqual(genesis);
  });

  test('is read from a file', async () => {
    const file = path.join(folder, 'template.json');
    writeFileSync(file, JSON.stringify(asJson));
    expect(await templateOf(file, {})).toEqual(genesis);
  });

  test('is read from standard input, in pieces', async () => {
    const text = JSON.stringify(asJson);
    const pieces = Readable.from([text.slice(0, 10), text.slice(10)]);
    expect(await templateOf('-', {}, pieces)).toEqual(genesis);
  });

  test.each([
    ['lowercase', GENESIS_HEADER],
    ['uppercase, with white space around', `\n ${GENESIS_HEADER.toUpperCase()}\r\n`],
  ])('is the hex of a header, %s', async (_, text) => {
    expect(await stdin(text)).toEqual(genesis);
  });

  test('takes a target in place of bits', async () => {
    const { bits: _, ...rest } = asJson;
    expect(await stdin(JSON.stringify({ ...rest, target: GENESIS_TARGET }))).toEqual(genesis);
  });

  test('has an algorithm and an encoding when none is named', async () => {
    const { algorithm: _, ...rest } = asJson;
    expect(await stdin(JSON.stringify({ ...rest, nonce: { offset: 76 } }))).toEqual(genesis);
  });

  test.each<[string, Parameters<typeof templateOf>[1], Partial<Template>]>([
    ['algorithm', { algorithm: 'blake3' }, { algorithm: 'blake3' }],
    ['nonce offset', { nonceOffset: '0' }, { nonce: { offset: 0, encoding: 'u32le' } }],
    ['target', { target: 'ff'.repeat(32) }, { target: 2n ** 256n - 1n }],
    ['bits', { bits: '207fffff' }, { target: 0x7fffffn << 232n }],
    ['version rolling', { versionRolling: '16' }, { versionRolling: 16 }],
  ])('in a file gives way to a flag: %s', async (_, flags, changed) => {
    expect(await templateOf('-', flags, Readable.from([GENESIS_HEADER]))).toEqual({ ...genesis, ...changed });
  });
});

describe('is refused, naming what, its value and what would be right:', () => {
  test.each([
    ['no JSON', '{"algorithm": }', /the template in here is not JSON: .*; got/],
    ['too short a header', 'ab12', /160 hex digits of a block header; got "ab12"/],
    ['nothing', '', /160 hex digits.*got ""/],
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
      'another algorithm',
      { ...asJson, algorithm: 'scrypt' },
      /template\.algorithm must be one of sha256.*"scrypt"/,
    ],
    [
      'no preimage',
      { nonce: { offset: 0 } },
      /template\.preimage must be a text of hex digits; got undefined/,
    ],
    ['a preimage that is no hex', { ...asJson, preimage: 'xy' }, /template\.preimage must be.*got "xy"/],
    ['a nonce that is no field', { ...asJson, nonce: 7 }, /template\.nonce must be an object.*got 7/],
    [
      'an offset that is none',
      { ...asJson, nonce: { offset: -1 } },
      /template\.nonce\.offset must be.*got -1/,
    ],
    ['a target that is a number', { ...asJson, target: 5 }, /template\.target must be a text of 64.*got 5/],
    [
      'a target that is too short',
      { preimage: '00', nonce: { offset: 0 }, target: 'ff' },
      /template\.target must be 64 hex digits; got "ff"/,
    ],
    [
      'target and bits',
      { ...asJson, target: GENESIS_TARGET },
      /template has both target and bits; give one of them/,
    ],
    ['bits of no target', { ...asJson, bits: '00000000' }, /compact bits/],
  ])('%s', (_, content, says) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    expect(() => parseTemplate(text, 'here')).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', message: expect.stringMatching(says) }),
    );
  });

  test.each([
    ['no template at all', undefined, {}, /--preimage must be given, or a file/],
    ['no offset', undefined, { preimage: '00000000' }, /--nonce-offset must be given/],
    ['no target', undefined, { preimage: '00000000', nonceOffset: '0' }, /--target must be given, or --bits/],
    ['a missing file', 'none.json', {}, /a file that can be read \(ENOENT.*got "none\.json"/],
    ['a folder', tmpdir(), {}, /a file that can be read \(EISDIR/],
    [
      'an offset that is no number',
      undefined,
      { nonceOffset: '1e2' },
      /--nonce-offset must be an integer.*"1e2"/,
    ],
    [
      'an offset beyond all',
      undefined,
      { nonceOffset: '9'.repeat(30) },
      /--nonce-offset must be an integer below/,
    ],
  ])('%s', async (_, file, flags, says) => {
    await expect(templateOf(file, flags)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      message: expect.stringMatching(says),
    });
  });

  test('a stream without an end', async () => {
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
