import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { HashRate } from '../../ts/diagnostics/hash-rate-summary.ts';
import { availableKernels } from '../../ts/pow/index.ts';
import { Running, run } from './run.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-cli-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

describe('The command qanto bench', () => {
  test('measures qanto and the libraries with every algorithm', async () => {
    const { code, stdout } = await run(['bench', '--seconds', '5', '--threads', '2', '--json'], {
      cwd,
    });
    expect(code).toBe(0);
    const { machine, complete, notInstalled, rates } = JSON.parse(stdout);
    expect(machine).toMatchObject({
      node: process.version,
      chosen: { sha256d: { reason: availableKernels().length > 1 ? 'measurement' : 'detection' } },
    });
    expect({ complete, notInstalled }).toEqual({ complete: true, notInstalled: [] });
    const subjects = new Set((rates as HashRate[]).map(({ name, algorithm }) => `${name} ${algorithm}`));
    expect(subjects).toEqual(
      new Set([
        ...['sha256', 'sha256d', 'blake3'].flatMap((algorithm) => [
          `qanto ${algorithm}`,
          `hash-wasm ${algorithm}`,
          `@noble/hashes ${algorithm}`,
        ]),
        'node:crypto sha256',
        'node:crypto sha256d',
      ]),
    );
    for (const { samples, hashesPerCpuSecond, timesBestLibrary } of rates as HashRate[]) {
      expect(samples).toBeGreaterThan(0);
      expect(hashesPerCpuSecond.median).toBeGreaterThan(0);
      expect(timesBestLibrary).toBeGreaterThan(0);
    }
  });

  test('prints the machine and a table, without colour if stdout is not a terminal', async () => {
    const { stdout } = await run(['bench', '--seconds', '1'], { cwd });
    expect(stdout).toMatch(/^qanto \d+\.\d+\.\d+ on /);
    expect(stdout).toMatch(/^algorithm +by +M\/CPU-s/m);
    expect(stdout).toMatch(/^sha256d +node:crypto +[\d.]+/m);
    expect(stdout).toMatch(
      /^qanto .* on .*; MH\/CPU-s on one thread, .*: sha256d by [\w-]+ [\d.]+ \([\d.]+ to [\d.]+\);.*\n$/m,
    );
    expect(stdout).not.toContain('\u001b');
  });

  test('prints only ASCII with LC_ALL=C', async () => {
    const { stdout, stderr } = await run(['bench', '--seconds', '1'], { cwd, variables: { LC_ALL: 'C' } });
    expect(stdout).toMatch(/^sha256d +node:crypto +[\d.]+/m);
    expect(stdout + stderr).not.toMatch(/\P{ASCII}/u);
  });

  test('prints the results so far and exits with 130 if Ctrl-C stops it', async () => {
    const running = new Running(['bench', '--seconds', '600', '--json'], {
      cwd,
      variables: { QANTO_KERNEL: 'portable' },
    });
    // The first output on stderr shows that the measurement has started.
    running.child.stderr?.once('data', () => running.child.kill('SIGINT'));
    const { code, stdout } = await running.finished;
    expect(code).toBe(130);
    expect(JSON.parse(stdout)).toMatchObject({
      complete: false,
      machine: { chosen: { sha256d: { kernel: 'portable', reason: 'variable' } } },
    });
  });
});

test('An unknown kernel in QANTO_KERNEL stops a node before it creates a store', async () => {
  const { code, stderr } = await run(['node', '--data-dir', 'chain'], {
    cwd,
    variables: { QANTO_KERNEL: 'abacus' },
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(
    /^error: .*QANTO_KERNEL.*avx512, sha-ni-avx512, sha-ni, avx2, sha2, neon, portable; got "abacus".*\n$/,
  );
});
