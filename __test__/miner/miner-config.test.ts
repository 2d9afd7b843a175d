import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type Environment, seededEnvironment } from '../../ts/environment.ts';
import { openTestDag, TEST_ADDRESS } from '../../ts/testing.ts';
import { MinerRig } from './rig.ts';

let rig: MinerRig;

beforeEach(async () => {
  rig = await MinerRig.open();
});

afterEach(() => rig.close());

describe('A miner in a seeded environment', () => {
  test('uses the same start nonces and headers in every run', async () => {
    const searched = async (seed: number) => {
      const own = await openTestDag({ network: 'regtest', seed });
      rig.make({}, own);
      rig.miner.start();
      const { template, options } = await rig.solver.next();
      await rig.miner.stop();
      await own.close();
      return { header: Buffer.from(template.preimage).toString('hex'), startNonce: options.startNonce };
    };
    expect(await searched(1)).toEqual(await searched(1));
    expect(await searched(1)).not.toEqual(await searched(2));
  });

  test('repeats a cancelled search with the same template and start nonce', async () => {
    rig.miner.start();
    const before = await rig.solver.next();
    await rig.miner.stop();
    rig.miner.start();
    const after = await rig.solver.next();
    expect(after.options.startNonce).toBe(before.options.startNonce);
    expect(after.template.preimage).toEqual(before.template.preimage);
  });

  test('has the same jitter in every run, which shortens the wait', async () => {
    const wait = async () => {
      rig.make({ solveTimeoutMs: 1000, backoff: { jitter: 0.5 } });
      rig.miner.start();
      (await rig.solver.next()).timeOut();
      const { ms } = await rig.timers.next();
      await rig.miner.stop();
      return ms;
    };
    const first = await wait();
    expect(await wait()).toBe(first);
    expect(first).toBeLessThan(100);
    expect(first).toBeGreaterThanOrEqual(50);
  });

  test('has no solve timeout by default', async () => {
    rig.miner.start();
    expect((await rig.solver.next()).options.timeoutMs).toBeUndefined();
  });
});

describe('A miner in an environment without a seed', () => {
  const real: Environment = { ...seededEnvironment(1), seed: undefined };

  test('searches a template for ten block times by default', async () => {
    rig.make({ environment: real });
    rig.miner.start();
    expect((await rig.solver.next()).options.timeoutMs).toBe(10 * rig.dag.network.targetTimePerBlockMs);
  });

  test('uses targetBlockTimeMs for the timeout and not for the target', async () => {
    rig.make({ targetBlockTimeMs: 50, environment: real });
    rig.miner.start();
    const { options, template } = await rig.solver.next();
    expect(options.timeoutMs).toBe(500);
    expect(template.target).toBe(rig.dag.buildTemplate({ address: TEST_ADDRESS }).target);
  });
});

describe('The configuration of a miner', () => {
  test('passes the maximum number of threads to the search', async () => {
    rig.make({ threads: 3 });
    rig.miner.start();
    expect((await rig.solver.next()).options.threads).toBe(3);
  });

  test.each([
    ['address', { address: 'abc' }],
    ['address', { address: `${'0'.repeat(63)}g` }],
    ['threads', { threads: 0 }],
    ['threads', { threads: 257 }],
    ['threads', { threads: 1.5 }],
    ['solveTimeoutMs', { solveTimeoutMs: 0 }],
    ['targetBlockTimeMs', { targetBlockTimeMs: -1 }],
    ['backoff.maxTries', { backoff: { maxTries: 0 } }],
    ['circuit.failureThreshold', { circuit: { failureThreshold: 0 } }],
  ])('with an invalid %s is rejected by name', (argument, config) => {
    expect(() => rig.make(config)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument }),
    );
  });

  test.each(['useGpu', 'zkEnabled'])('with %s is rejected as unsupported', (feature) => {
    expect(() => rig.make({ [feature]: true })).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_UNSUPPORTED', feature }),
    );
  });

  test('adds the payloads to every template', async () => {
    rig.make({ payloads: () => [Buffer.from(`block ${rig.dag.info().blockCount}`)] });
    rig.miner.start();
    (await rig.solver.next()).find();
    const { hash } = await rig.next('mined');
    const payloads = [Uint8Array.from(Buffer.from('block 1'))];
    await expect(rig.dag.getBlock(hash)).resolves.toMatchObject({ payloads });
  });
});
