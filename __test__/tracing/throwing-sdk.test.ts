/** An SDK whose span processor throws, which is a bug of the host. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { QantoDag } from '../../ts/dag/index.ts';
import { solvePow, type Template } from '../../ts/pow/index.ts';
import { mine, openDag } from '../dag/support.ts';

const template: Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(80).fill(7),
  nonce: { offset: 72, encoding: 'u64le' },
  target: 2n ** 250n,
};

let throwsIn: 'onStart' | 'onEnd' | undefined;
const processor = {
  onStart: () => failIn('onStart'),
  onEnd: () => failIn('onEnd'),
  forceFlush: async () => {},
  shutdown: async () => {},
};
const provider = new NodeTracerProvider({ spanProcessors: [processor] });

function failIn(method: 'onStart' | 'onEnd'): void {
  if (throwsIn === method) throw new Error('on purpose');
}

/** The errors that are thrown again in a microtask, where they would become uncaught exceptions. */
const thrown: string[] = [];
beforeAll(() => provider.register());
afterAll(() => provider.shutdown());
let dag: QantoDag;
beforeEach(async () => {
  dag = await openDag();
  thrown.length = 0;
  jest.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => {
    try {
      task();
    } catch (error) {
      thrown.push((error as Error).message);
    }
  });
});
afterEach(async () => {
  throwsIn = undefined;
  jest.restoreAllMocks();
  await dag.close();
});

describe.each(['onStart', 'onEnd'] as const)('If the span processor of the host throws in %s', (method) => {
  test('all searches of a wake-up settle with their outcome, and the error is thrown again', async () => {
    throwsIn = method;
    const searches = [template, template, { ...template, target: 1n }].map((searched) =>
      solvePow(searched, { maxHashes: 5000 }).then(
        () => 'found',
        ({ code }) => code,
      ),
    );
    expect(await Promise.all(searches)).toEqual(['found', 'found', 'ERR_QANTO_HASH_BUDGET_SPENT']);
    expect(new Set(thrown)).toEqual(new Set(['on purpose']));
  });

  test('a DAG accepts blocks and stays writable', async () => {
    throwsIn = method;
    for (const height of [1, 2]) {
      const block = mine(dag.buildTemplate({ address: 'ab'.repeat(32) }));
      await expect(dag.addBlock(block)).resolves.toMatchObject({ status: 'accepted' });
      expect(dag.info()).toMatchObject({ writable: true, blockCount: height + 1 });
    }
  });
});
