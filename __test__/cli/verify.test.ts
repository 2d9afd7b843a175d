import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { digest, displayHash, fromHex, toHex } from '../../ts/pow/index.ts';
import { GENESIS_DISPLAY_HASH, GENESIS_HEADER, GENESIS_NONCE, GENESIS_TARGET } from './genesis.ts';
import { runHere } from './in-process.ts';

let folder: string;
let header: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-verify-'));
  header = path.join(folder, 'header.hex');
  writeFileSync(header, GENESIS_HEADER);
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('The command qanto verify', () => {
  test('finds the nonce in the genesis block valid and prints its digest and target', async () => {
    const { code, stdout } = await runHere('verify', header, '--json');
    expect({ code, ...JSON.parse(stdout) }).toEqual({
      code: 0,
      valid: true,
      nonce: GENESIS_NONCE,
      digest: toHex(digest('sha256d', fromHex(GENESIS_HEADER))),
      displayHash: GENESIS_DISPLAY_HASH,
      target: GENESIS_TARGET,
    });
  });

  test('finds another nonce invalid and exits with 1', async () => {
    const { code, stdout, error } = await runHere('verify', header, '--nonce', '7', '--json');
    expect({ code, error, ...JSON.parse(stdout) }).toMatchObject({ code: 1, valid: false, nonce: '7' });
    expect(error).toBeUndefined();
  });

  test('prints one field per line without --json', async () => {
    const { stdout } = await runHere('verify', header);
    expect(stdout).toMatch(/^valid +true\nnonce +2083236893\ndigest +[0-9a-f]{64}\ndisplayHash +0{10}19d6/);
  });

  test.each([
    ['u32be', '01020304', 0x01020304n],
    ['u32le', '01020304', 0x04030201n],
    ['u64be', '0102030405060708', 0x0102030405060708n],
    ['u64le', '0102030405060708', 0x0807060504030201n],
    ['u64le-swapped', '0102030405060708', 0x0403020108070605n],
  ])('reads a nonce with the encoding %s from the preimage', async (encoding, preimage, nonce) => {
    const target = 'ff'.repeat(32);
    const { stdout } = await runHere(
      ...['verify', '--preimage', `aa${preimage}bb`, '--nonce-offset', '1', '--nonce-encoding', encoding],
      ...['--target', target, '--json'],
    );
    const bytes = fromHex(`aa${preimage}bb`);
    expect(JSON.parse(stdout)).toMatchObject({
      nonce: String(nonce),
      displayHash: displayHash(digest('sha256d', bytes)),
    });
  });

  test.each([
    [['--target', 'ff'.repeat(20)], 'ff'.repeat(20)],
    [['--bits', '147fffff'], `7fffff${'00'.repeat(17)}`],
    [['--leading-zero-bits', '3'], { leadingZeroBits: 3 }],
    [['--hex-prefix', '0aF'], { hexPrefix: '0aF' }],
    [['--equals', '00FF'], { equals: '00ff' }],
  ])('prints the target %j as in a JSON template, and no displayHash of 20 bytes', async (flags, target) => {
    const template = ['--algorithm', 'sha1', '--preimage', '00000000', '--nonce-offset', '0', ...flags];
    const { stdout } = await runHere('verify', ...template, '--json');
    const { valid: _, ...printed } = JSON.parse(stdout);
    const zeros = toHex(digest('sha1', new Uint8Array(4)));
    expect(printed).toEqual({ nonce: '0', digest: zeros, target });
    const lines = (await runHere('verify', ...template)).stdout.split('\n');
    const text = typeof target === 'string' ? target : JSON.stringify(target);
    expect(lines).toContain(`target  ${text}`);
  });

  test.each([
    ['decimal', []],
    ['decimal-fixed', ['--nonce-width', '9']],
    ['hex', ['--nonce-width', '5']],
  ])('accepts the solution of qanto solve with the encoding %s', async (encoding, width) => {
    const template = [
      ...['--algorithm', 'blake2b', '--digest-length', '8', '--preimage', toHex(Buffer.from('a:b'))],
      ...[
        '--nonce-offset',
        '2',
        '--nonce-encoding',
        encoding,
        ...width,
        '--leading-zero-bits',
        '7',
        '--json',
      ],
    ];
    const solved = JSON.parse((await runHere('solve', ...template, '--start-nonce', '4010')).stdout);
    expect(solved).toMatchObject({ expectedHashes: 128 });
    const { code, stdout } = await runHere('verify', ...template, '--nonce', solved.nonce);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, valid: true, digest: solved.digest });
    const message = Buffer.from(`a:${solved.nonce}b`);
    expect(solved.digest).toBe(toHex(digest('blake2b', message, 8)));
  });

  test('hashes a text exactly as it is given', async () => {
    const template = ['--preimage', 'aa', '--nonce-offset', '1', '--nonce-encoding', 'decimal'];
    const { stdout } = await runHere('verify', ...template, '--hex-prefix', '0', '--nonce', '+5', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      nonce: '+5',
      digest: toHex(digest('sha256d', Uint8Array.of(0xaa, 0x2b, 0x35))),
    });
  });

  test('accepts the solution of qanto solve with version rolling', async () => {
    const template = [header, '--bits', '207fffff', '--version-rolling', '16', '--json'];
    const solved = JSON.parse((await runHere('solve', ...template, '--start-nonce', '5')).stdout);
    const answer = ['--nonce', solved.nonce, '--variant', String(solved.variant)];
    const { code, stdout } = await runHere('verify', ...template, ...answer);
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, valid: true, digest: solved.digest });
  });

  test.each([
    ['a nonce that is not a number', ['--nonce', 'x'], /--nonce must be an integer of at least 0; got "x"/],
    ['a nonce that is too large', ['--nonce', '4294967296'], /nonce must be an integer from 0 to 4294967295/],
    ['a variant without rolling', ['--variant', '1'], /^--variant must be an integer from 0 to 0; got "1"$/],
    [
      'a text nonce that is not given',
      ['--nonce-encoding', 'decimal'],
      /^--nonce must be given, because .* decimal; got undefined$/,
    ],
    [
      'a text nonce that is too long',
      ['--nonce-encoding', 'decimal', '--nonce', 'x'.repeat(65)],
      /^--nonce must/,
    ],
    ['an offset outside the preimage', ['--nonce-offset', '77'], /offset must be an integer from 0 to 76/],
  ])('rejects %s with exit code 2', async (_, args, says) => {
    const { code, stdout, error } = await runHere('verify', header, ...args);
    expect({ code, stdout, error }).toMatchObject({
      code: 2,
      stdout: '',
      error: { code: 'ERR_QANTO_INVALID_ARGUMENT', message: expect.stringMatching(says) },
    });
  });
});
