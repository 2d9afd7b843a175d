import { type SolveOptions, solvePow } from 'qanto';
import { unsolvableHeader } from './kernel-subjects.ts';

/** Runs `work` while this number of endless searches run. All of them have stopped when the promise resolves. */
export async function besideEndless<Result>(
  jobs: number,
  options: Omit<SolveOptions, 'signal'>,
  work: () => Promise<Result>,
): Promise<Result> {
  const abort = new AbortController();
  const running = Array.from({ length: jobs }, () => endless({ ...options, signal: abort.signal }));
  try {
    return await work();
  } finally {
    abort.abort();
    await Promise.all(running);
  }
}

/** Hashes until the signal aborts. */
async function endless(options: SolveOptions & { signal: AbortSignal }): Promise<void> {
  // A 32-bit nonce would be exhausted within a minute or two.
  const template = { ...unsolvableHeader('sha256d'), nonce: { offset: 72, encoding: 'u64le' } as const };
  await solvePow(template, options).catch((error: unknown) => {
    if (!options.signal.aborted) throw error;
  });
}
