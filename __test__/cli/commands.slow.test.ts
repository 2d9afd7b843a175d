import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256d } from '../../ts/pow/index.ts';
import { GENESIS_DISPLAY_HASH, GENESIS_HEADER, GENESIS_NONCE, GENESIS_TARGET } from './genesis.ts';
import { Running, run } from './run.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-cli-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

describe('The command qanto', () => {
  test('prints its version', async () => {
    const { code, stdout } = await run(['--version'], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test.each([['--help'], ['node', '--help'], ['solve', '--help'], ['bench', '--help'], ['config', '--help']])(
    'prints help for %s %s',
    async (...args) => {
      const { code, stdout, stderr } = await run(args, { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: qanto/);
      expect(stdout).toContain('$ qanto');
    },
  );

  test('prints help and exits with 2 if no command is given', async () => {
    const { code, stderr } = await run([], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: qanto/);
  });
});

describe('The error on stderr is one line, with exit code 2,', () => {
  test.each([
    ['an unknown command', ['nod'], /^error: unknown command 'nod'/],
    ['an unknown flag', ['node', '--thread', '2'], /unknown option '--thread'.*Did you mean --threads/],
    ['a flag without its value', ['node', '--threads'], /argument missing/],
    ['an invalid value', ['node', '--threads', 'many'], /miner\.threads = "many" \(from flag --threads\)/],
    ['an invalid address', ['node', '--address', 'abc'], /64 hex digits \[ERR_QANTO_INVALID_CONFIG\]/],
    ['a missing file', ['node', '--config', 'none.json'], /none\.json" \(from flag --config\)/],
    [
      'an unknown kernel',
      ['bench', '--kernel', 'abacus'],
      /--kernel.*avx512, sha-ni-avx512, sha-ni, avx2, sha2, neon, portable/,
    ],
    ['a duration of 0', ['bench', '--seconds', '0'], /--seconds must be a number greater than 0/],
    ['a number of threads of 0', ['bench', '--threads', '0'], /--threads must be an integer from 1 to 256/],
    ['the unsupported GPU', ['node', '--use-gpu'], /useGpu is not supported.*\[ERR_QANTO_UNSUPPORTED\]/],
    [
      'a preimage that is not hex',
      ['solve', '--preimage', 'xy', '--nonce-offset', '0', '--bits', '1d00ffff'],
      /--preimage/,
    ],
    [
      'a missing target',
      ['solve', '--preimage', '00000000', '--nonce-offset', '0'],
      /--target, --bits, .* must be given/,
    ],
    [
      'an offset outside the preimage',
      ['solve', '--preimage', '00000000', '--nonce-offset', '1', '--bits', '207fffff'],
      /offset/,
    ],
  ])('for %s', async (_what, args, message) => {
    const { code, stdout, stderr } = await run(args, { cwd });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('but is followed by its stack with --log-level debug', async () => {
    const { stderr } = await run(['node', '--threads', 'many', '--log-level', 'debug'], { cwd });
    expect(stderr).toMatch(/\n +at /);
  });
});

describe('The command qanto config', () => {
  test('prints every key with its value and source', async () => {
    writeFileSync(path.join(cwd, 'qanto.config.json'), '{ "miner": { "threads": 2 } }');
    const { code, stdout } = await run(['config', '--blocks', '7'], {
      cwd,
      variables: { QANTO_LOG_LEVEL: 'warn' },
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^miner\.threads +2 +file .*qanto\.config\.json$/m);
    expect(stdout).toMatch(/^node\.blocks +7 +flag --blocks$/m);
    expect(stdout).toMatch(/^logLevel +warn +variable QANTO_LOG_LEVEL$/m);
    expect(stdout).toMatch(/^miner\.useGpu +false +default$/m);
  });

  test('prints the configuration as JSON with --json', async () => {
    const { stdout } = await run(['config', '--json', '--threads', '3'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      config: { network: 'devnet', miner: { threads: 3 } },
      origins: { 'miner.threads': 'flag --threads', network: 'default' },
    });
  });

  test('warns about an unknown variable with the prefix QANTO_', async () => {
    const { stderr } = await run(['config'], { cwd, variables: { QANTO_LOGLEVEL: 'warn' } });
    expect(stderr).toMatch(/^warning: the variable QANTO_LOGLEVEL .* did you mean QANTO_LOG_LEVEL\?\n$/);
  });
});

describe('The error with --json is one JSON object on stderr', () => {
  test.each([
    [
      'an invalid command line',
      ['node', '--thread', '2', '--json'],
      2,
      { code: 'ERR_QANTO_INVALID_COMMAND_LINE' },
    ],
    [
      'an invalid value',
      ['config', '--threads', '0', '--json'],
      2,
      { code: 'ERR_QANTO_INVALID_CONFIG', value: 0 },
    ],
    [
      'a missing template file',
      ['verify', 'none', '--json'],
      2,
      { code: 'ERR_QANTO_INVALID_ARGUMENT', value: 'none' },
    ],
    [
      'a search that finds no nonce',
      [
        'solve',
        '--preimage',
        '00000000',
        '--nonce-offset',
        '0',
        '--bits',
        '03000001',
        '--max-hashes',
        '5',
        '--json',
      ],
      1,
      { code: 'ERR_QANTO_HASH_BUDGET_SPENT', hashes: 5 },
    ],
  ])('for %s', async (_what, args, exitCode, error) => {
    const { code, stdout, stderr } = await run(args, { cwd });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ ...error, exitCode });
  });
});

describe('The output has no character from outside that a terminal acts on', () => {
  const HOSTILE = 'a\u001b[31m\u009b2J\u202eb';

  test.each([
    ['in an unknown command', [HOSTILE]],
    ['in an unknown flag', ['node', `--${HOSTILE}`]],
    ['in a value', ['node', '--network', HOSTILE]],
    ['in the path of a configuration file', ['node', '--config', HOSTILE]],
    ['in the path of a template', ['solve', HOSTILE]],
    ['in the path of a data directory', ['config', '--data-dir', HOSTILE]],
    ['in the path of a written file', ['init', '--out', HOSTILE]],
    ['in JSON', ['config', '--data-dir', HOSTILE, '--json']],
    ['in an error as JSON', ['solve', HOSTILE, '--json']],
    ['in the log', ['mine', '--blocks', '1', '--data-dir', `/proc/${HOSTILE}`]],
  ])('%s', async (_, args) => {
    const { stdout, stderr } = await run(args, { cwd, variables: { [`QANTO_${HOSTILE}`]: 'hunter2' } });
    const output = stdout + stderr;
    expect(output).toContain('\\u001b[31m\\u009b2J\\u202eb');
    expect(output.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(output).not.toContain('hunter2');
  });

  test('and long words of the command line are shortened in it', async () => {
    for (const args of [
      ['x'.repeat(1e5)],
      ['node', `--${'x'.repeat(1e5)}`],
      ['node', '--kernel', 'x'.repeat(1e5)],
    ]) {
      expect((await run(args, { cwd })).stderr.length).toBeLessThan(400);
    }
  });
});

describe('The output in a locale whose encoding is not UTF-8', () => {
  const NOT_ASCII = /\P{ASCII}/u;

  test.each([
    ['LC_ALL=C', { LC_ALL: 'C', LANG: 'en_GB.UTF-8' }],
    ['LANG=C', { LANG: 'C' }],
    ['LANG=POSIX', { LANG: 'POSIX' }],
  ])('is ASCII for help, configuration and errors with %s', async (_, variables) => {
    const commands = [
      ['--help'],
      ['node', '--help'],
      ['config', '--data-dir', 'Zoë'],
      ['node', '--threads', 'é'],
    ];
    for (const args of commands) {
      const { stdout, stderr } = await run(args, { cwd, variables });
      expect(stdout + stderr).not.toBe('');
      expect(stdout + stderr).not.toMatch(NOT_ASCII);
    }
  });

  test('is JSON in ASCII with the same values', async () => {
    const args = ['config', '--data-dir', 'Zoë', '--json'];
    const { stdout } = await run(args, { cwd, variables: { LC_ALL: 'C' } });
    expect(stdout).not.toMatch(NOT_ASCII);
    expect(JSON.parse(stdout)).toEqual(JSON.parse((await run(args, { cwd })).stdout));
  });
});

describe('The command qanto solve', () => {
  const genesis = ['--preimage', GENESIS_HEADER, '--nonce-offset', '76', '--bits', '1d00ffff'];
  const solve = (...args: string[]) => run(['solve', ...args], { cwd });

  test("finds the nonce of Bitcoin's genesis block and prints it as text and as JSON", async () => {
    const near = [...genesis, '--start-nonce', '2083236000'];
    const [text, json] = [await solve(...near), await solve(...near, '--json')];
    expect([text.code, json.code]).toEqual([0, 0]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      nonce: GENESIS_NONCE,
      displayHash: GENESIS_DISPLAY_HASH,
    });
    expect(text.stdout).toMatch(new RegExp(`^nonce +${GENESIS_NONCE}\\ndigest `));
    expect(text.stdout).toContain(GENESIS_DISPLAY_HASH);
  });

  test('prints the variant and the version of the solution with version rolling', async () => {
    const { stdout } = await solve(
      ...genesis.slice(0, -1),
      ...['207fffff', '--version-rolling', '16', '--start-nonce', '5', '--json'],
    );
    const { nonce, variant, version, digest } = JSON.parse(stdout);
    const header = Buffer.from(GENESIS_HEADER, 'hex');
    header.writeUInt32LE(Number.parseInt(version, 16), 0);
    header.writeUInt32LE(Number(nonce), 76);
    expect(Number.parseInt(version, 16)).toBe(1 + variant * 2 ** 13);
    expect(Buffer.from(sha256d(header)).toString('hex')).toBe(digest);
  });

  test('accepts a target instead of bits', async () => {
    const { stdout } = await solve(
      ...genesis.slice(0, -2),
      ...['--target', GENESIS_TARGET, '--start-nonce', GENESIS_NONCE, '--max-hashes', '1', '--json'],
    );
    expect(JSON.parse(stdout)).toMatchObject({ nonce: GENESIS_NONCE });
  });

  test('reads a template from standard input', async () => {
    const running = new Running(['solve', '-', '--start-nonce', '2083236000', '--json'], {
      cwd,
      stdin: 'pipe',
    });
    running.child.stdin?.end(GENESIS_HEADER);
    const { code, stdout } = await running.finished;
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, nonce: GENESIS_NONCE });
  });

  test('exits with 1 if it finds no nonce within its hash budget', async () => {
    const { code, stdout, stderr } = await solve(...genesis, '--max-hashes', '1000');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*\[ERR_QANTO_HASH_BUDGET_SPENT\]\n$/);
  });
});
