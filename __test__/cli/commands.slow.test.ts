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

describe('qanto', () => {
  test('prints its version', async () => {
    const { code, stdout } = await run(['--version'], { cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });

  test.each([['--help'], ['node', '--help'], ['solve', '--help'], ['bench', '--help'], ['config', '--help']])(
    'prints help: %s %s',
    async (...args) => {
      const { code, stdout, stderr } = await run(args, { cwd });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/^Usage: qanto/);
      expect(stdout).toContain('$ qanto');
    },
  );

  test('without a command prints help and exits with 2', async () => {
    const { code, stderr } = await run([], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^Usage: qanto/);
  });
});

describe('a wrong command line or configuration is one line on stderr and exit code 2', () => {
  test.each([
    ['an unknown command', ['nod'], /^error: unknown command 'nod'/],
    ['an unknown flag', ['node', '--thread', '2'], /unknown option '--thread'.*Did you mean --threads/],
    ['a flag without its value', ['node', '--threads'], /argument missing/],
    ['a wrong value', ['node', '--threads', 'many'], /miner\.threads = "many" \(from flag --threads\)/],
    ['a wrong address', ['node', '--address', 'abc'], /64 hex digits \[ERR_QANTO_INVALID_CONFIG\]/],
    ['a missing file', ['node', '--config', 'none.json'], /none\.json" \(from flag --config\)/],
    [
      'a kernel that no machine has',
      ['bench', '--kernel', 'abacus'],
      /--kernel.*avx512, sha-ni, avx2, portable/,
    ],
    ['no time to measure', ['bench', '--seconds', '0'], /--seconds must be a number above 0/],
    ['no thread to measure', ['bench', '--threads', '0'], /--threads must be an integer from 1 to 256/],
    ['a GPU', ['node', '--use-gpu'], /useGpu is not supported.*\[ERR_QANTO_UNSUPPORTED\]/],
    [
      'a preimage that is no hex',
      ['solve', '--preimage', 'xy', '--nonce-offset', '0', '--bits', '1d00ffff'],
      /--preimage/,
    ],
    [
      'neither target nor bits',
      ['solve', '--preimage', '00000000', '--nonce-offset', '0'],
      /--target must be given, or --bits/,
    ],
    [
      'an offset outside',
      ['solve', '--preimage', '00000000', '--nonce-offset', '1', '--bits', '207fffff'],
      /offset/,
    ],
  ])('%s', async (_what, args, message) => {
    const { code, stdout, stderr } = await run(args, { cwd });
    expect(stderr).toMatch(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  test('with its stack under --log-level debug', async () => {
    const { stderr } = await run(['node', '--threads', 'many', '--log-level', 'debug'], { cwd });
    expect(stderr).toMatch(/\n +at /);
  });
});

describe('qanto config', () => {
  test('shows every key with its value and origin', async () => {
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

  test('prints the same as JSON', async () => {
    const { stdout } = await run(['config', '--json', '--threads', '3'], { cwd });
    expect(JSON.parse(stdout)).toMatchObject({
      config: { network: 'devnet', miner: { threads: 3 } },
      origins: { 'miner.threads': 'flag --threads', network: 'default' },
    });
  });

  test('warns of a variable that looks like ours', async () => {
    const { stderr } = await run(['config'], { cwd, variables: { QANTO_LOGLEVEL: 'warn' } });
    expect(stderr).toMatch(/^warning: the variable QANTO_LOGLEVEL .* did you mean QANTO_LOG_LEVEL\?\n$/);
  });
});

describe('with --json an error is one JSON object on stderr', () => {
  test.each([
    [
      'a wrong command line',
      ['node', '--thread', '2', '--json'],
      2,
      { code: 'ERR_QANTO_INVALID_COMMAND_LINE' },
    ],
    [
      'a wrong value',
      ['config', '--threads', '0', '--json'],
      2,
      { code: 'ERR_QANTO_INVALID_CONFIG', value: 0 },
    ],
    [
      'a wrong template',
      ['verify', 'none', '--json'],
      2,
      { code: 'ERR_QANTO_INVALID_ARGUMENT', value: 'none' },
    ],
    [
      'a search without a hit',
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
  ])('%s', async (_what, args, exitCode, error) => {
    const { code, stdout, stderr } = await run(args, { cwd });
    expect({ code, stdout }).toEqual({ code: exitCode, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ ...error, exitCode });
  });
});

describe('qanto solve', () => {
  const genesis = ['--preimage', GENESIS_HEADER, '--nonce-offset', '76', '--bits', '1d00ffff'];
  const solve = (...args: string[]) => run(['solve', ...args], { cwd });

  test("finds the nonce of Bitcoin's genesis block, and says so for people and machines", async () => {
    const near = [...genesis, '--start-nonce', '2083236000'];
    const [people, machines] = [await solve(...near), await solve(...near, '--json')];
    expect([people.code, machines.code]).toEqual([0, 0]);
    expect(JSON.parse(machines.stdout)).toMatchObject({
      nonce: GENESIS_NONCE,
      displayHash: GENESIS_DISPLAY_HASH,
    });
    expect(people.stdout).toMatch(new RegExp(`^nonce +${GENESIS_NONCE}\\ndigest `));
    expect(people.stdout).toContain(GENESIS_DISPLAY_HASH);
  });

  test('with version rolling names the variant and the version of the answer', async () => {
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

  test('takes a target in place of bits', async () => {
    const { stdout } = await solve(
      ...genesis.slice(0, -2),
      ...['--target', GENESIS_TARGET, '--start-nonce', GENESIS_NONCE, '--max-hashes', '1', '--json'],
    );
    expect(JSON.parse(stdout)).toMatchObject({ nonce: GENESIS_NONCE });
  });

  test('takes a template from standard input', async () => {
    const running = new Running(['solve', '-', '--start-nonce', '2083236000', '--json'], {
      cwd,
      stdin: 'pipe',
    });
    running.child.stdin?.end(GENESIS_HEADER);
    const { code, stdout } = await running.finished;
    expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, nonce: GENESIS_NONCE });
  });

  test('that finds nothing in its budget exits with 1 and says so', async () => {
    const { code, stdout, stderr } = await solve(...genesis, '--max-hashes', '1000');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^error: .*\[ERR_QANTO_HASH_BUDGET_SPENT\]\n$/);
  });
});
