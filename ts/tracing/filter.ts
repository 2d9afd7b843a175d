/** The filter for the spans and events of Rust. There is one for the whole process, including all workers. */
import { TraceFilterError } from '../errors.ts';
import type { NativeTraceReceiver } from '../native.ts';

/**
 * The variables that the filter is read from, unless the program sets one. The first one that is set is used.
 */
export const FILTER_VARIABLES = ['QANTO_LOG', 'RUST_LOG'] as const;

/** A filter, which has the form that `setTraceFilter` describes, and its source, such as `variable QANTO_LOG`. */
export interface TraceFilter {
  readonly directives: string;
  readonly source: string;
}

/** The filter of the first variable that is set. */
export function variableFilter(variables: NodeJS.ProcessEnv = process.env): TraceFilter | undefined {
  for (const name of FILTER_VARIABLES) {
    const directives = variables[name];
    if (directives) return { directives, source: `variable ${name}` };
  }
  return undefined;
}

/**
 * Sets the filter of the process. With `unlessSet`, a filter that another thread has set is kept. Throws
 * `ERR_QANTO_INVALID_TRACE_FILTER` if the directives are invalid.
 */
export function applyFilter(
  receiver: NativeTraceReceiver,
  { directives, source }: TraceFilter,
  { unlessSet }: { readonly unlessSet: boolean },
): void {
  try {
    receiver.setFilter(directives, unlessSet);
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message: string };
    throw code === 'ERR_QANTO_INVALID_TRACE_FILTER'
      ? new TraceFilterError(directives, source, message)
      : error;
  }
}
