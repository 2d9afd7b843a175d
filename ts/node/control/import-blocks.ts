/** Adds blocks of an export to a DAG. */
import {
  type AddResult,
  BlockRejectedError,
  decodeBlock,
  encodeHeader,
  hashHeader,
  type QantoDag,
} from 'qanto/dag';
import { ImportMissingParentsError } from '../block-stream/errors.ts';

/** What became of imported blocks. */
export interface ImportCounts {
  /** The number of blocks that were added to the DAG. */
  added: number;
  /** The number of blocks that the DAG had already. */
  known: number;
  /** The number of blocks that are below the pruning point of the DAG, and were not added. */
  belowPruningPoint: number;
}

/**
 * Adds blocks in this order. The DAG validates each of them completely. Rejects with `ERR_QANTO_IMPORT_MISSING_PARENTS`, with the
 * BlockRejectedError of the first block that breaks a rule, and with the other errors of `QantoDag.addBlock`. Some of the
 * blocks may have been added then.
 */
export async function importBlocks(dag: QantoDag, encoded: readonly Uint8Array[]): Promise<ImportCounts> {
  const counts: ImportCounts = { added: 0, known: 0, belowPruningPoint: 0 };
  const offered = new Map<string, Promise<AddResult>>();
  const isHere = (hash: string) => offered.has(hash) || dag.getView(hash) !== undefined;
  try {
    for (const bytes of encoded) {
      const { header, context } = decodeBlock(bytes);
      const hash = hashHeader(encodeHeader(header));
      const missing = context.parents.filter((parent) => !isHere(parent));
      if (isHere(hash)) counts.known += 1;
      else if (missing.length === 0) offered.set(hash, offer(dag, bytes));
      else if (await isStored(dag, hash)) counts.known += 1;
      else if (isBelowPruningPoint(dag, context.blueScore)) counts.belowPruningPoint += 1;
      else throw new ImportMissingParentsError(hash, missing);
    }
  } finally {
    // Nothing may be added any more once the call is answered.
    await Promise.allSettled(offered.values());
  }
  for (const [hash, added] of offered) counts[await fateOf(hash, added)] += 1;
  return counts;
}

function offer(dag: QantoDag, bytes: Uint8Array): Promise<AddResult> {
  const added = dag.addBlock(bytes);
  // The caller awaits it later. Node.js would report it as unhandled before that.
  added.catch(() => {});
  return added;
}

async function fateOf(hash: string, added: Promise<AddResult>): Promise<keyof ImportCounts> {
  try {
    const { status } = await added;
    // Pruning has dropped a parent meanwhile.
    if (status === 'orphan') throw new ImportMissingParentsError(hash, []);
    return status === 'duplicate' ? 'known' : 'added';
  } catch (error) {
    if (error instanceof BlockRejectedError && error.code === 'ERR_QANTO_BELOW_PRUNING_POINT') {
      return 'belowPruningPoint';
    }
    throw error;
  }
}

/** Whether the DAG accepted the block and keeps it on disk, although it is not in memory. */
async function isStored(dag: QantoDag, hash: string): Promise<boolean> {
  const status = await dag.getStatus(hash);
  return status === 'accepted' || status === 'pruned';
}

function isBelowPruningPoint(dag: QantoDag, blueScore: number): boolean {
  const { pruningPoint } = dag.info();
  return pruningPoint !== dag.genesis && blueScore <= dag.getView(pruningPoint)!.blueScore;
}
