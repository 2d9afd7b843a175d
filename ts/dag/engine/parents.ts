/** Checks of the parents of a block that need no colouring. */
import type { Blocks } from './blocks.ts';
import { DagEngineError } from './errors.ts';
import type { Reachability } from './reachability.ts';

/** The indices of the parents, in the order given. */
export function resolveParents(
  blocks: Blocks,
  parents: readonly string[],
  maxParents: number,
): readonly number[] {
  if (parents.length === 0) throw new DagEngineError('ERR_QANTO_NO_PARENTS', {});
  if (parents.length > maxParents) {
    throw new DagEngineError('ERR_QANTO_TOO_MANY_PARENTS', { count: parents.length, limit: maxParents });
  }
  const resolved = parents.map((parent) => blocks.index.find(parent));
  if (resolved.includes(-1)) {
    const missing = parents.filter((_, i) => resolved[i] === -1);
    throw new DagEngineError('ERR_QANTO_UNKNOWN_PARENTS', { missing });
  }
  return resolved;
}

/**
 * Throws if a parent is an ancestor of another, or is named twice.
 *
 * @param parents ascending by index, since only an earlier block can be an ancestor of a later one
 */
export function checkAntichain(blocks: Blocks, reachability: Reachability, parents: readonly number[]): void {
  for (let later = 1; later < parents.length; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      if (!reachability.isAncestor(parents[earlier]!, parents[later]!)) continue;
      const ancestor = blocks.index.hashOf(parents[earlier]!);
      const descendant = blocks.index.hashOf(parents[later]!);
      if (ancestor === descendant)
        throw new DagEngineError('ERR_QANTO_DUPLICATE_PARENT', { parent: ancestor });
      throw new DagEngineError('ERR_QANTO_PARENTS_NOT_ANTICHAIN', { ancestor, descendant });
    }
  }
}
