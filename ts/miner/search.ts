import type { BlockTemplate, QantoDag } from '../dag/index.ts';
import { NonceSpaceExhaustedError, TimedOutError } from '../errors.ts';
import { blockHeader, MAX_VARIANTS, type Solution, type solvePow } from '../pow/index.ts';

/**
 * Versions tried with each nonce on sha256d networks: the more, the faster. Nothing to configure, because a seeded run
 * mines other blocks with another number.
 */
const VERSIONS_PER_NONCE = MAX_VARIANTS;

export interface SearchContext {
  /** Whose changes make the template stale. */
  readonly dag: Pick<QantoDag, 'off' | 'on'>;
  readonly solve: typeof solvePow;
  readonly stop: AbortSignal;
  readonly threads: number | undefined;
  readonly timeoutMs: number | undefined;
  /** Called with the hashes done so far. */
  readonly onProgress: (hashes: number) => void;
}

/** How a search ended. Any other end is an error, and thrown. */
export type SearchOutcome =
  | { readonly kind: 'found'; readonly solution: Solution }
  | { readonly kind: 'cancelled' | 'exhausted' | 'stale' | 'timed-out' };

/**
 * Searches a template from the start nonce to the end of the nonce space, with several versions a nonce where that
 * is faster. Ends early when `stop` aborts or the
 * DAG changes; a hit found just before that still counts, for the block is valid. When the promise has settled
 * nothing is hashed for this template any more.
 */
export async function searchTemplate(
  template: BlockTemplate,
  startNonce: number,
  { dag, solve, stop, threads, timeoutMs, onProgress }: SearchContext,
): Promise<SearchOutcome> {
  const search = new AbortController();
  let endedBy: 'cancelled' | 'stale' | undefined;
  const endBy = (reason: 'cancelled' | 'stale') => {
    endedBy ??= reason;
    search.abort(reason);
  };
  const onStop = () => endBy('cancelled');
  const onVirtualChanged = () => endBy('stale');
  if (stop.aborted) return { kind: 'cancelled' };
  stop.addEventListener('abort', onStop);
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
    stop.removeEventListener('abort', onStop);
    dag.off('virtual-changed', onVirtualChanged);
  }
}
