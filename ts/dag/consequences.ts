/** The effects of offering a block, besides its own result. */
import type { EventEmitter } from 'node:events';
import { rethrowLater } from '../rethrow.ts';
import type { HeadedBlock, ParsedBlock } from './block.ts';
import type { BlockRejectedError } from './errors.ts';
import type { Dropped } from './orphans.ts';
import type { QantoDagEvents } from './status.ts';

/** The effects on blocks that were offered before. */
export interface OrphanConsequences {
  /** The errors of orphans that break a rule. */
  readonly rejectedOrphans: BlockRejectedError[];
  /** Orphans that were dropped because of the orphan limits. */
  readonly droppedOrphans: Dropped[];
}

export interface Consequences extends OrphanConsequences {
  /** The blocks added to the engine by hash, parents first: the block itself, then orphans that waited for it. */
  readonly accepted: Map<string, ParsedBlock>;
  /** Hashes of the orphans whose parents have arrived. They are not in the orphan pool any more. */
  readonly readyOrphans: Set<string>;
  /** Those of them that have to be checked with the next group. */
  readonly readyLater: HeadedBlock[];
}

export function noConsequences(): Consequences {
  return {
    accepted: new Map(),
    readyOrphans: new Set(),
    readyLater: [],
    rejectedOrphans: [],
    droppedOrphans: [],
  };
}

export function emitOrphanEvents(
  { rejectedOrphans, droppedOrphans }: OrphanConsequences,
  events: EventEmitter<QantoDagEvents>,
): void {
  for (const rejection of rejectedOrphans) {
    rethrowLater(() => events.emit('orphan-rejected', rejection));
  }
  for (const { hash, byteLength } of droppedOrphans) {
    rethrowLater(() => events.emit('orphan-dropped', { hash, byteLength }));
  }
}
