/** The async context in which qanto calls the functions of its callers: what AsyncLocalStorage returns in them. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { LogFields } from '../../ts/logger.ts';
import { SOLVE_CHANNEL, type SolveOptions, solvePow, type Template } from '../../ts/pow/index.ts';
import { logTraces, setTraceFilter } from '../../ts/telemetry/index.ts';

const caller = new AsyncLocalStorage<string>();
const CALLERS = ['first', 'second', 'third'];

const unsolvable: Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(80).fill(7),
  nonce: { offset: 72, encoding: 'u64le' },
  target: 1n,
};

/** Starts an endless search that is aborted by its first call of onProgress. Resolves to the caller that this call saw. */
async function callerOfProgress(): Promise<string | undefined> {
  const controller = new AbortController();
  let seen: string | undefined = 'not called';
  const onProgress = () => {
    seen = caller.getStore();
    controller.abort();
  };
  await solvePow(unsolvable, { signal: controller.signal, onProgress }).catch(() => {});
  return seen;
}

/** Searches at the same time, one search for each caller. */
function searchAtOnce(options: (index: number) => SolveOptions): Promise<unknown> {
  return Promise.all(
    CALLERS.map((name, index) =>
      caller.run(name, () => solvePow(unsolvable, options(index)).catch(() => {})),
    ),
  );
}

describe('The callback onProgress', () => {
  test('of each of several searches runs in the context of its caller', async () => {
    const searches = CALLERS.map((name) => caller.run(name, callerOfProgress));
    expect(await Promise.all(searches)).toEqual(CALLERS);
  });

  test('of a search that has no caller runs in no context, beside a search that has one', async () => {
    const searches = [caller.run('first', callerOfProgress), callerOfProgress()];
    expect(await Promise.all(searches)).toEqual(['first', undefined]);
  });
});

test('A message on the channel of searches is published in the context of the caller', async () => {
  const seen: unknown[] = [];
  const listener = (message: unknown) =>
    seen.push([(message as { hashes: number }).hashes, caller.getStore()]);
  subscribe(SOLVE_CHANNEL, listener);
  await searchAtOnce((index) => ({ maxHashes: 1000 + index }));
  unsubscribe(SOLVE_CHANNEL, listener);
  expect(seen.sort()).toEqual(CALLERS.map((name, index) => [1000 + index, name]));
});

describe('A log line of the native code', () => {
  afterEach(() => {
    logTraces(undefined);
    setTraceFilter(undefined);
  });

  test('that belongs to a search is logged in the context of the caller', async () => {
    const seen: unknown[] = [];
    const info = (message: string, fields: LogFields = {}) => {
      if (message === 'solve_pow') seen.push([fields['start_nonce'], caller.getStore()]);
    };
    const ignore = () => {};
    caller.run('logger', () => logTraces({ debug: ignore, info, warn: ignore, error: ignore }));
    setTraceFilter('info');
    await searchAtOnce((index) => ({ maxHashes: 1000, startNonce: index }));
    expect(seen.sort()).toEqual(CALLERS.map((name, index) => [index, name]));
  });
});
