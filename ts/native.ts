/**
 * The only module that imports the addon. The addon is loaded on first use, so that importing qanto never fails. If this
 * machine has no binary, the first call that needs it throws an error that says what to do.
 */
import type * as Binding from '../crates/qanto-napi/index.d.ts';
import { NativeUnavailableError } from './errors.ts';
import { requireInstalled } from './installed-binary.ts';
import { triplesOf, unavailableMessage } from './native-package.ts';
import { isNotFound, requireFile } from './require.ts';

const { existsSync } = process.getBuiltinModule('node:fs');
const { join, resolve } = process.getBuiltinModule('node:path');

export type {
  AnswersInput,
  BlockStore as NativeBlockStore,
  FoundHits,
  JobInput,
  MessagesInput,
  NoncesInput,
  PreparedTemplate as NativePreparedTemplate,
  RuleInput,
  Solver as NativeSolver,
  SolverEvent,
  StoreCursor,
  StoreFailure,
  StoreReply,
  TemplateInput,
  TraceParent,
  TraceReceiver as NativeTraceReceiver,
  TraceRecord,
} from '../crates/qanto-napi/index.d.ts';

/** The variable with the path of a binary to load instead of the installed one. */
export const BINARY_VARIABLE = 'QANTO_NATIVE_BINARY';

let loaded: typeof Binding | undefined;

/** Returns the functions of the addon. Throws `ERR_QANTO_NATIVE_UNAVAILABLE` if there is no binary for this machine. */
export function native(): typeof Binding {
  loaded ??= load() as typeof Binding;
  return loaded;
}

function load(): unknown {
  const forced = process.env[BINARY_VARIABLE];
  if (forced) return loading(forced, () => requireFile(resolve(forced)));

  const tried: string[] = [];
  let failure: NativeUnavailableError | undefined;
  for (const triple of triplesOf(process)) {
    const built = builtInClone(triple);
    if (built !== undefined) {
      if (existsSync(built)) return loading(built, () => requireFile(built));
      tried.push(built);
    }
    const installed = `qanto-${triple}`;
    tried.push(installed);
    try {
      return requireInstalled(triple);
    } catch (error) {
      // Linux has two packages. The error of one that is installed is kept, because it says why the binary cannot be loaded.
      if (!isNotFound(error, installed)) failure ??= cannotBeLoaded(installed, error);
    }
  }
  throw failure ?? new NativeUnavailableError(unavailableMessage(process, tried));
}

/** The path of the binary in a clone of the repository. Undefined in a bundle that is an ES module. */
function builtInClone(triple: string): string | undefined {
  if (typeof __dirname === 'undefined') return undefined;
  return join(__dirname, '..', 'crates', 'qanto-napi', `qanto.${triple}.node`);
}

function loading(path: string, load: () => unknown): unknown {
  try {
    return load();
  } catch (error) {
    throw cannotBeLoaded(path, error);
  }
}

function cannotBeLoaded(path: string, cause: unknown): NativeUnavailableError {
  return new NativeUnavailableError(`qanto's native binary ${path} cannot be loaded: ${String(cause)}`, {
    cause,
  });
}
