/** Reads all blocks of a source, in the order of acceptance. */
import type { WholeBlock, WholeBlocks } from 'qanto/dag';
import { StorePrunedError } from './errors.ts';
import type { Source } from './source.ts';
import type { EncodedBlock } from './store-methods.ts';

/** Consecutive blocks, and the state of the store after them. */
export interface Page extends WholeBlocks {
  /** The number of blocks that were ever accepted. `next` is less. */
  readonly appended: number;
  readonly state: Uint8Array | undefined;
}

type Answer = Omit<Page, 'blocks' | 'state'> & {
  readonly blocks: readonly EncodedBlock[];
  readonly state?: string;
};

/**
 * The blocks that a source has, a page at a time. There is at least one page. Rejects with `ERR_QANTO_STORE_PRUNED` if blocks were
 * dropped meanwhile, with the errors of the source, and with `ABORT_ERR`.
 */
export async function* pagesOf(source: Source, signal: AbortSignal): AsyncGenerator<Page> {
  let prunings: number | undefined;
  let next: number | undefined = 0;
  while (next !== undefined) {
    const answer = (await source.call('store.blocks', { from: next }, { signal })) as Answer;
    prunings ??= answer.prunings;
    // An archive keeps the blocks that it drops.
    if (answer.prunings !== prunings && !answer.isComplete) throw new StorePrunedError();
    next = answer.next;
    yield { ...answer, blocks: answer.blocks.map(decoded), state: bytesOf(answer.state) };
  }
}

function decoded({ hash, isHeld, head, body, trusted }: EncodedBlock): WholeBlock {
  const record = bytesOf(trusted);
  return { hash, isHeld, head: bytesOf(head)!, body: bytesOf(body)!, ...(record && { trusted: record }) };
}

function bytesOf(base64: string | undefined): Uint8Array | undefined {
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}
