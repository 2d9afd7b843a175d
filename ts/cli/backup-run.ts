import type { BackupReport } from 'qanto/dag';
import {
  openLocal,
  openSource,
  requireStore,
  type Source,
  type StoreConfig,
} from '../node/control/source.ts';
import { interruptible, opened } from './interruptible.ts';
import { printAnswer } from './output.ts';
import { progressBar } from './progress-bar.ts';
import { requireEmpty } from './target-directory.ts';

/** Makes a backup of the store in the data directory. */
export async function backUp(config: StoreConfig, target: string, json: boolean): Promise<void> {
  await interruptible(async (signal) => {
    const source = await opened(openSource(config, 'store'), signal);
    printAnswer({ target, ...(await copied(source, target, 'backing up', signal)) }, json);
  });
}

/** Copies a backup into the data directory, which must be empty. */
export async function restore(config: StoreConfig, backup: string, json: boolean): Promise<void> {
  await interruptible(async (signal) => {
    requireStore(backup);
    requireEmpty(config.dataDir);
    const source = await opened(openLocal({ ...config, dataDir: backup }, 'store'), signal);
    const report = await copied(source, config.dataDir, 'restoring', signal);
    printAnswer({ dataDir: config.dataDir, ...report }, json);
  });
}

/** Copies the store of the source into a directory, and closes the source. */
async function copied(
  source: Source,
  target: string,
  what: string,
  signal: AbortSignal,
): Promise<BackupReport & { readonly pid?: number }> {
  const bar = progressBar();
  try {
    const onProgress = (done: number, total: number) => bar.show(done / total, what);
    const report = (await source.call('store.backup', { target }, { signal, onProgress })) as BackupReport;
    return { ...report, ...(source.pid !== undefined && { pid: source.pid }) };
  } finally {
    bar.end();
    await source.close();
  }
}
