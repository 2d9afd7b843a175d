import { closeSync, existsSync, fstatSync, fsyncSync, openSync, renameSync } from 'node:fs';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AbortError } from 'qanto';
import { StoreFailedError, storeIdentity } from 'qanto/dag';
import { onceAborted, resolveNetwork } from 'qanto/internal';
import { ImportWrongNetworkError } from '../node/block-stream/errors.ts';
import { StreamReader } from '../node/block-stream/reader.ts';
import type { ImportCounts } from '../node/control/import-blocks.ts';
import { MAX_IMPORTED } from '../node/control/node-methods.ts';
import { openLocal, openSource, type Source, type StoreConfig } from '../node/control/source.ts';
import { interruptible, opened } from './interruptible.ts';
import { printAnswer } from './output.ts';
import { progressBar } from './progress-bar.ts';
import { requireEmpty } from './target-directory.ts';
import { counted } from './units.ts';

/** A request has at most this many bytes of blocks, unless it has one block. */
const REQUEST_BYTES = 2 ** 20;

/** What is appended to the name of a new data directory while the import is not complete. */
const UNFINISHED = '.partial';

/** Adds the blocks of an export to the DAG in the data directory, and prints how many there were. */
export async function importBlocks(config: StoreConfig, input: Readable, json: boolean): Promise<void> {
  await interruptible(async (signal) => {
    const reader = new StreamReader(input);
    const stopReading = onceAborted(signal, () => input.destroy(new AbortError(signal.reason)));
    try {
      await requireNetwork(reader, config);
      const isNew = !existsSync(path.join(config.dataDir, 'blocks.db'));
      const counts = isNew
        ? await importNew(reader, config, signal)
        : await importMore(reader, config, signal);
      printAnswer({ dataDir: config.dataDir, ...counts }, json);
    } finally {
      stopReading();
      input.destroy();
    }
  });
}

/** Reads the header of the export. Rejects with `ERR_QANTO_IMPORT_WRONG_NETWORK`. */
async function requireNetwork(reader: StreamReader, { network }: StoreConfig): Promise<void> {
  const found = await reader.header();
  const expected = storeIdentity(network);
  if (found.network === expected.network && found.genesis === expected.genesis) return;
  const shown = (identity: typeof expected) =>
    `network ${JSON.stringify(identity.network)} with genesis ${identity.genesis}`;
  throw new ImportWrongNetworkError(shown(found), shown(expected));
}

async function importMore(
  reader: StreamReader,
  config: StoreConfig,
  signal: AbortSignal,
): Promise<ImportCounts> {
  const source = await opened(openSource(config, 'writable-dag'), signal);
  try {
    return await addBlocks(reader, source, config, signal);
  } finally {
    await source.close();
  }
}

/** Imports into a directory with another name, which gets its name when the import is complete. */
async function importNew(
  reader: StreamReader,
  config: StoreConfig,
  signal: AbortSignal,
): Promise<ImportCounts> {
  requireEmpty(config.dataDir);
  const dataDir = `${config.dataDir}${UNFINISHED}`;
  const source = await opened(openLocal({ ...config, dataDir }, 'writable-dag'), signal);
  let counts: ImportCounts;
  try {
    counts = await addBlocks(reader, source, config, signal);
  } finally {
    await source.close();
  }
  try {
    renameSync(dataDir, config.dataDir);
    syncDirectory(path.dirname(config.dataDir));
  } catch (error) {
    throw new StoreFailedError(config.dataDir, error);
  }
  return counts;
}

/** Makes a new name survive a power failure. Windows cannot flush a directory, and does not need to. */
function syncDirectory(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** The length of standard input, or 0 if it is not a file. */
function inputBytes(): number {
  const stats = fstatSync(0);
  return stats.isFile() ? stats.size : 0;
}

async function addBlocks(
  reader: StreamReader,
  source: Source,
  { network }: StoreConfig,
  signal: AbortSignal,
): Promise<ImportCounts> {
  const total: ImportCounts = { added: 0, known: 0, belowPruningPoint: 0 };
  const bar = progressBar();
  let blocks: string[] = [];
  let bytes = 0;
  const size = inputBytes();
  const flush = async () => {
    const counts = (await source.call('dag.import', { blocks }, { signal })) as ImportCounts;
    for (const name of ['added', 'known', 'belowPruningPoint'] as const) total[name] += counts[name];
    blocks = [];
    bytes = 0;
    bar.show(size === 0 ? 0 : reader.bytesRead / size, `imported ${counted(total.added)} blocks`);
  };
  try {
    for await (const block of reader.blocks(resolveNetwork(network).maxBlockBytes)) {
      if (blocks.length >= MAX_IMPORTED || (blocks.length > 0 && bytes + block.length > REQUEST_BYTES)) {
        await flush();
      }
      blocks.push(block.toString('base64'));
      bytes += block.length;
    }
    if (blocks.length > 0) await flush();
    return total;
  } finally {
    bar.end();
  }
}
