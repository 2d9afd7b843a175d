/** The methods of the control socket that a node with a miner has in addition. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MAX_THREADS } from 'qanto';
import type { Miner } from 'qanto/miner';
import { z } from 'zod';
import type { ControlMethods } from './methods.ts';

/** Adds the methods of the miner. Each returns its status, as it is when the change has taken effect. */
export function addMinerMethods(methods: ControlMethods, miner: Miner): ControlMethods {
  return methods
    .add('miner.status', {}, () => miner.status())
    .add('miner.pause', {}, async () => {
      await miner.pause();
      return miner.status();
    })
    .add('miner.resume', {}, async () => {
      miner.resume();
      // The miner notices it in its next turn.
      await nextTurn();
      return miner.status();
    })
    .add(
      'miner.setThreads',
      { threads: z.int().min(1).max(MAX_THREADS).nullable().describe('null: the default') },
      ({ threads }) => {
        miner.setThreads(threads ?? undefined);
        return miner.status();
      },
    );
}
