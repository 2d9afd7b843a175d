/**
 * The only importer of the addon. It is loaded on first use, so that importing qanto never fails; what fails,
 * with a sentence that helps, is the first call that needs a binary this machine does not have.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as Binding from '../crates/qanto-napi/index.d.ts';
import { NativeUnavailableError } from './errors.ts';
import { thisMachine, tripleOf, unavailableMessage } from './native-package.ts';

export type {
  BlockStore as NativeBlockStore,
  JobInput,
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

/** Names one binary to load instead of the installed one. */
export const BINARY_VARIABLE = 'QANTO_NATIVE_BINARY';

const require = createRequire(import.meta.url);
let loaded: typeof Binding | undefined;

/** The addon's functions. Throws `NATIVE_UNAVAILABLE` when no binary fits this machine. */
export function native(): typeof Binding {
  loaded ??= load();
  return loaded;
}

function load(): typeof Binding {
  const forced = process.env[BINARY_VARIABLE];
  if (forced) return requireBinary(forced);

  const machine = thisMachine();
  const triple = tripleOf(machine);
  if (triple === undefined) throw new NativeUnavailableError(unavailableMessage(machine, []));
  // In a clone, what was built there.
  const built = fileURLToPath(new URL(`../crates/qanto-napi/qanto.${triple}.node`, import.meta.url));
  if (existsSync(built)) return requireBinary(built);
  const installed = `qanto-${triple}`;
  if (isInstalled(installed)) return requireBinary(installed);
  throw new NativeUnavailableError(unavailableMessage(machine, [built, installed]));
}

function requireBinary(path: string): typeof Binding {
  try {
    return require(path) as typeof Binding;
  } catch (cause) {
    throw new NativeUnavailableError(`qanto's native binary ${path} cannot be loaded: ${String(cause)}`, {
      cause,
    });
  }
}

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch {
    return false;
  }
}
