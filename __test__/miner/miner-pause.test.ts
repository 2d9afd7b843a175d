import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { InvalidArgumentError } from '../../ts/errors.ts';
import { MinerRig } from './rig.ts';

let rig: MinerRig;

beforeEach(async () => {
  rig = await MinerRig.open();
});

afterEach(() => rig.close());

describe('A miner that is paused', () => {
  test('has ended its search, and begins another one when it is resumed', async () => {
    rig.miner.start();
    await rig.solver.next();
    await rig.miner.pause();
    expect(rig.solver.running).toBe(0);
    expect(rig.miner.status()).toMatchObject({
      state: 'paused',
      hashesPerSecond: 0,
      counts: { cancelled: 1 },
    });
    expect(rig.solver.waiting).toBe(0);
    rig.miner.resume();
    (await rig.solver.next()).find();
    await rig.next('mined');
    expect(rig.miner.state).toBe('mining');
  });

  test('has added the block that it was submitting', async () => {
    let submitted = () => {};
    const submission = new Promise<void>((resolve) => {
      submitted = resolve;
    });
    let accept = () => {};
    rig.make(
      {},
      rig.dagWith({
        addBlock: async (block) => {
          submitted();
          await new Promise<void>((resolve) => {
            accept = resolve;
          });
          return rig.dag.addBlock(block);
        },
      }),
    );
    rig.miner.start();
    (await rig.solver.next()).find();
    await submission;
    const paused = rig.miner.pause();
    expect(rig.miner.state).toBe('mining');
    accept();
    await paused;
    expect(rig.miner.status()).toMatchObject({ state: 'paused', counts: { mined: 1, cancelled: 0 } });
    expect(rig.dag.info().blockCount).toBe(2);
  });

  test('can be paused again and resumed again without effect', async () => {
    rig.miner.resume();
    rig.miner.start();
    await rig.solver.next();
    await Promise.all([rig.miner.pause(), rig.miner.pause()]);
    await rig.miner.pause();
    rig.miner.resume();
    rig.miner.resume();
    await rig.solver.next();
    expect(rig.solver.running).toBe(1);
    expect(rig.miner.status().counts.cancelled).toBe(1);
  });

  test('can be stopped, and is still paused when it is started again', async () => {
    rig.miner.start();
    await rig.solver.next();
    await rig.miner.pause();
    await rig.miner.stop();
    expect(rig.miner.state).toBe('stopped');
    const paused = rig.next('state');
    rig.miner.start();
    expect(await paused).toEqual({ from: 'stopped', to: 'paused' });
    rig.miner.resume();
    await rig.solver.next();
  });

  test('before it was started waits for resume', async () => {
    await rig.miner.pause();
    expect(rig.miner).toMatchObject({ state: 'stopped', isPaused: true });
    rig.miner.start();
    await rig.miner.pause();
    expect(rig.miner.state).toBe('paused');
    rig.miner.resume();
    await rig.solver.next();
    expect(rig.miner).toMatchObject({ state: 'mining', isPaused: false });
  });

  test('during a backoff is paused at once, and tries again when it is resumed', async () => {
    rig.miner.start();
    (await rig.solver.next()).timeOut();
    await rig.timers.next();
    expect(rig.miner.state).toBe('backing-off');
    await rig.miner.pause();
    expect(rig.miner.state).toBe('paused');
    rig.miner.resume();
    await rig.solver.next();
  });

  test('while the circuit is open waits for the rest of that time when it is resumed', async () => {
    rig.make({ circuit: { failureThreshold: 1 } });
    rig.miner.start();
    (await rig.solver.next()).fail(new Error('again'));
    expect((await rig.timers.next()).ms).toBe(30_000);
    await rig.miner.pause();
    rig.timers.advance(10_000);
    rig.miner.resume();
    const rest = await rig.timers.next();
    expect(rest.ms).toBe(20_000);
    expect(rig.miner.state).toBe('circuit-open');
    rest.elapse();
    await rig.solver.next();
  });
});

describe('A call of pause()', () => {
  test('resolves when the miner is resumed before it has paused, and mining continues', async () => {
    rig.miner.start();
    await rig.solver.next();
    const paused = rig.miner.pause();
    rig.miner.resume();
    await paused;
    await rig.solver.next();
    expect(rig.miner.state).toBe('mining');
  });

  test('resolves when the miner is stopped before it has paused', async () => {
    rig.miner.start();
    await rig.solver.next();
    const paused = rig.miner.pause();
    await rig.miner.stop();
    await paused;
    expect(rig.miner.state).toBe('stopped');
  });
});

describe('The number of threads', () => {
  test('can be changed while the miner searches, and applies at once', async () => {
    rig.make({ threads: 1 });
    rig.miner.start();
    const first = await rig.solver.next();
    expect(first.options.threads).toBe(1);
    rig.miner.setThreads(3);
    const second = await rig.solver.next();
    expect(second.options.threads).toBe(3);
    expect(rig.solver.running).toBe(1);
    rig.miner.setThreads(undefined);
    expect((await rig.solver.next()).options.threads).toBeUndefined();
    expect(rig.miner.status()).toMatchObject({ state: 'mining', threads: undefined });
  });

  test('does not end the search if it stays the same', async () => {
    rig.make({ threads: 2 });
    rig.miner.start();
    const search = await rig.solver.next();
    rig.miner.setThreads(2);
    expect(search.options.signal?.aborted).toBe(false);
  });

  test('does not end a wait, and applies to the next search', async () => {
    rig.miner.start();
    (await rig.solver.next()).timeOut();
    const wait = await rig.timers.next();
    rig.miner.setThreads(5);
    expect(rig.miner.state).toBe('backing-off');
    wait.elapse();
    expect((await rig.solver.next()).options.threads).toBe(5);
  });

  test.each([0, 257, 1.5, Number.NaN, '2'])('is refused if it is %p', (threads) => {
    expect(() => rig.miner.setThreads(threads as number)).toThrow(InvalidArgumentError);
  });

  test('does not change the blocks of a seeded run, and neither does a pause', async () => {
    rig.miner.start();
    const first = await rig.solver.next();
    rig.miner.setThreads(3);
    const second = await rig.solver.next();
    await rig.miner.pause();
    rig.miner.resume();
    const third = await rig.solver.next();
    for (const search of [second, third]) {
      expect(search.options.startNonce).toBe(first.options.startNonce);
      expect(search.template.preimage).toEqual(first.template.preimage);
    }
  });
});
