import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AbortError } from 'qanto';
import { BlockChecker } from 'qanto/dag';
import { openSource, type StoreConfig } from '../node/control/source.ts';
import { pagesOf } from '../node/control/store-blocks.ts';
import { interruptible, opened } from './interruptible.ts';
import { printAnswer } from './output.ts';
import { progressBar } from './progress-bar.ts';
import { counted } from './units.ts';

/** The number of blocks that are checked between two turns of the event loop. */
const BLOCKS_PER_TURN = 100;

/** Validates every block of the store, and prints the result. Rejects with `ERR_QANTO_STORE_DAMAGED`. */
export async function check(config: StoreConfig, json: boolean): Promise<void> {
  await interruptible(async (signal) => {
    const source = await opened(openSource(config, 'store'), signal);
    const bar = progressBar();
    try {
      const location = path.join(config.dataDir, 'blocks.db');
      let checker: BlockChecker | undefined;
      let state: Uint8Array | undefined;
      let checked = 0;
      for await (const page of pagesOf(source, signal)) {
        checker ??= new BlockChecker(config.network, { location, isComplete: page.isComplete });
        for (const block of page.blocks) {
          checker.check(block);
          checked += 1;
          if (checked % BLOCKS_PER_TURN === 0) {
            await nextTurn();
            if (signal.aborted) throw new AbortError(signal.reason);
          }
        }
        ({ state } = page);
        bar.show(
          page.next === undefined ? 1 : page.next / page.appended,
          `checked ${counted(checked)} blocks`,
        );
      }
      const report = checker!.finish(state);
      bar.end();
      printAnswer({ sound: true, ...report }, json);
    } finally {
      bar.end();
      await source.close();
    }
  });
}
