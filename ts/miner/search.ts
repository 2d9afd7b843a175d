import type { BlockTemplate, QantoDag } from '../dag/index.ts';
import { NonceSpaceExhaustedError, TimedOutError } from '../errors.ts';
import { onceAborted } from '../pow/abort.ts';
import { blockHeader, type Solution, type solvePow } from '../pow/index.ts';
import { MAX_VARIANTS } from '../pow/version-rolling.ts';

/**
 * The number of versions that are tried with each nonce on sha256d networks. A larger number is faster. It
 * cannot be configured, because the blocks of a seeded run depend on it.
 */
const VERSIONS_PER_NONCE = MAX_VARIANTS;

export interface SearchContext {
  /** The DAG. Any change of it makes the template stale. */
  readonly dag: Pick<QantoDag, 'off' | 'on'>;
  readonly solve: typeof solvePow;
  /** Ends the search when it is aborted. */
  readonly end: AbortSignal;
  readonly threads: number | undefined;
  readonly timeoutMs: number | undefined;
  /** Called with the number of hashes computed so far. */
  readonly onProgress: (hashes: number) => void;
}

/** The outcome of a search. Errors are thrown instead. */
export type SearchOutcome =
  | { readonly kind: 'found'; readonly solution: Solution }
  | { readonly kind: 'cancelled' | 'exhausted' | 'stale' | 'timed-out' };

/**
 * Searches a template from the start nonce to the end of the nonce space, with several versions for each nonce
 * where that is faster. The search ends early when `end` is aborted or the DAG changes. A hit that is found
 * just before that still counts, because the block is valid. When the promise has settled, hashing for this
 * template has stopped.
 */
export async function searchTemplate(
  template: BlockTemplate,
  startNonce: number,
  { dag, solve, end, threads, timeoutMs, onProgress }: SearchContext,
): Promise<SearchOutcome> {
  const search = new AbortController();
  let endedBy: 'cancelled' | 'stale' | undefined;
  const endBy = (reason: 'cancelled' | 'stale') => {
    endedBy ??= reason;
    search.abort(reason);
  };
  const onVirtualChanged = () => endBy('stale');
  if (end.aborted) return { kind: 'cancelled' };
  const stopListening = onceAborted(end, () => endBy('cancelled'));
  dag.on('virtual-changed', onVirtualChanged);
  try {
    const { algorithm, target } = template;
    const header = blockHeader(template.header, {
      algorithm,
      target,
      ...(algorithm === 'sha256d' && { versionRolling: VERSIONS_PER_NONCE }),
    });
    const solution = await solve(header, {
      signal: search.signal,
      startNonce,
      onProgress: ({ hashes }) => onProgress(hashes),
      ...(threads === undefined ? {} : { threads }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    });
    onProgress(solution.hashes);
    return { kind: 'found', solution };
  } catch (error) {
    if (endedBy && error instanceof Error && error.name === 'AbortError') return { kind: endedBy };
    if (error instanceof TimedOutError) {
      onProgress(error.hashes);
      return { kind: 'timed-out' };
    }
    if (error instanceof NonceSpaceExhaustedError) {
      onProgress(error.hashes);
      return { kind: 'exhausted' };
    }
    throw error;
  } finally {
    stopListening();
    dag.off('virtual-changed', onVirtualChanged);
  }
}
