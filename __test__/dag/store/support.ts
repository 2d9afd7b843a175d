/** Directories and child processes for the tests of the store. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BlockStore, StoredBlock, StoredHead } from '../../../ts/dag/index.ts';

/** A new directory, and a function that deletes it with its contents. */
export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'qanto-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A block as the store sees it: meaningless bytes that depend on a number. */
export function storedBlock(number: number, bodyLength = 50): StoredBlock {
  return {
    hash: number.toString(16).padStart(64, '0'),
    head: new Uint8Array(170).fill(number),
    body: new Uint8Array(bodyLength).fill(number + 1),
  };
}

/** The heads of all blocks in a store. */
export async function headsOf(store: BlockStore): Promise<StoredHead[]> {
  const heads: StoredHead[] = [];
  for await (const batch of store.heads()) heads.push(...batch);
  return heads;
}

export interface Child {
  readonly process: ChildProcess;
  /** The lines that it writes. */
  readonly lines: AsyncIterableIterator<string>;
  /** Kills it with SIGKILL, and waits until it has exited. */
  kill(): Promise<void>;
}

/** Runs a script of `__test__/dag`, which imports the package from `dist`. */
export function startChild(script: string, ...args: readonly string[]): Child {
  // Jest runs in the root of the repository.
  const child = spawn(process.execPath, [join('__test__', 'dag', script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // The environment of Jest has the seed, so that parent and child have the same clock.
    env: process.env,
  });
  const exited = once(child, 'exit');
  return {
    process: child,
    lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](),
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
