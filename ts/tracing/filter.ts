/** Which spans and events of Rust are recorded. One filter holds for the whole process, all its workers included. */
import { TraceFilterError } from '../errors.ts';
import type { NativeTraceReceiver } from '../native.ts';

/** Where the filter comes from unless the program chooses one; the first that is set counts. */
export const FILTER_VARIABLES = ['QANTO_LOG', 'RUST_LOG'] as const;

/** A filter, in EnvFilter's syntax, and where it was found. */
export interface TraceFilter {
  readonly directives: string;
  readonly source: string;
}

/** The filter that the environment asks for. */
export function variableFilter(variables: NodeJS.ProcessEnv = process.env): TraceFilter | undefined {
  for (const name of FILTER_VARIABLES) {
    const directives = variables[name];
    if (directives) return { directives, source: `variable ${name}` };
  }
  return undefined;
}

/** Throws `ERR_QANTO_INVALID_TRACE_FILTER`. With `unlessSet` the choice of another environment of this process stays. */
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
