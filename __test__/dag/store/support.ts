/** Directories and child processes for the tests of the store. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { BlockStore, StoredBlock, StoredHead } from '../../../ts/dag/index.ts';

/** A new directory, and the function that takes it away with all that is in it. */
export function temporaryDirectory(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'qanto-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** A block as the store sees it: bytes without meaning, told apart by a number. */
export function storedBlock(number: number, bodyLength = 50): StoredBlock {
  return {
    hash: number.toString(16).padStart(64, '0'),
    head: new Uint8Array(170).fill(number),
    body: new Uint8Array(bodyLength).fill(number + 1),
  };
}

/** The heads of all blocks a store holds. */
export async function headsOf(store: BlockStore): Promise<StoredHead[]> {
  const heads: StoredHead[] = [];
  for await (const batch of store.heads()) heads.push(...batch);
  return heads;
}

export interface Child {
  readonly process: ChildProcess;
  /** The lines it writes. */
  readonly lines: AsyncIterableIterator<string>;
  /** Kills it so that it can do nothing about it, and waits until it is gone. */
  kill(): Promise<void>;
}

/** A script beside this file, which imports the package as built into `dist`. */
export function startChild(script: string, ...args: readonly string[]): Child {
  // Jest runs in the project's root.
  const child = spawn(process.execPath, [join('__test__', 'dag', script), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
    // Jest's own, which has the seed: parent and child are on the same clock.
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
