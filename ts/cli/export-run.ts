import { once } from 'node:events';
import { AbortError, toHex } from 'qanto';
import { BLOCK_FORMAT, decodeBlock, storeIdentity, type WholeBlock } from 'qanto/dag';
import { type StreamHeader, StreamWriter } from '../node/block-stream/format.ts';
import { openSource, type StoreConfig } from '../node/control/source.ts';
import { pagesOf } from '../node/control/store-blocks.ts';
import { interruptible, opened } from './interruptible.ts';
import { jsonLine, printLine } from './output.ts';
import { progressBar } from './progress-bar.ts';
import { counted } from './units.ts';

/** Encodes an export. */
interface Encoder {
  header(header: StreamHeader): Uint8Array | string;
  block(encoded: Uint8Array, block: WholeBlock): Uint8Array | string;
  trailer(): Uint8Array | string;
}

/** Writes all blocks that have contents to stdout. `stdoutClosed` aborts when its reader has closed it. */
export async function exportBlocks(
  config: StoreConfig,
  json: boolean,
  stdoutClosed: AbortSignal,
): Promise<void> {
  await interruptible(async (stopped) => {
    const signal = AbortSignal.any([stopped, stdoutClosed]);
    const source = await opened(openSource(config, 'store'), stopped);
    const bar = progressBar();
    try {
      const encoder: Encoder = json ? new JsonLines() : new StreamWriter();
      let isFirst = true;
      let [exported, pruned] = [0, 0];
      for await (const page of pagesOf(source, signal)) {
        if (isFirst) {
          await write(
            encoder.header({ ...storeIdentity(config.network), isComplete: page.isComplete }),
            signal,
          );
        }
        isFirst = false;
        for (const block of page.blocks) {
          if (block.body.length === 0) {
            pruned += 1;
            continue;
          }
          const encoded = Buffer.concat([Uint8Array.of(BLOCK_FORMAT), block.head, block.body]);
          await write(encoder.block(encoded, block), signal);
          exported += 1;
        }
        bar.show(
          page.next === undefined ? 1 : page.next / page.appended,
          `exported ${counted(exported)} blocks`,
        );
      }
      await write(encoder.trailer(), signal);
      bar.end();
      if (pruned > 0 && !json) {
        printLine(
          process.stderr,
          `${counted(pruned)} blocks were left out, because their contents were pruned`,
        );
      }
    } catch (error) {
      // A reader that closes the pipe early, such as "head", is not a failure.
      if (!stdoutClosed.aborted) throw error;
    } finally {
      bar.end();
      await source.close();
    }
  });
}

/** Waits until stdout has room. Rejects with `ABORT_ERR`. */
async function write(bytes: Uint8Array | string, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw new AbortError(signal.reason);
  if (process.stdout.write(bytes)) return;
  try {
    await once(process.stdout, 'drain', { signal });
  } catch (error) {
    throw signal.aborted ? new AbortError(signal.reason) : error;
  }
}

/** Encodes an export as lines of JSON. */
class JsonLines implements Encoder {
  #blocks = 0;

  header(header: StreamHeader): string {
    return `${jsonLine(header)}\n`;
  }

  block(encoded: Uint8Array, { hash }: WholeBlock): string {
    const { header, context, coinbase, payloads } = decodeBlock(encoded);
    this.#blocks += 1;
    return `${jsonLine({ hash, header, context, coinbase, payloads: payloads.map(toHex) })}\n`;
  }

  trailer(): string {
    return `${jsonLine({ blocks: this.#blocks })}\n`;
  }
}
