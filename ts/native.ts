/**
 * The only importer of the addon. It is loaded on first use, so that importing qanto never fails; what fails,
 * with a sentence that helps, is the first call that needs a binary this machine does not have.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type * as Binding from '../crates/qanto-napi/index.d.ts';
import { NativeUnavailableError } from './errors.ts';

export type {
  PoolStatus,
  Solver as NativeSolver,
  SolverEvent,
  TemplateInput,
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

  const tried: string[] = [];
  for (const triple of triples()) {
    const built = fileURLToPath(new URL(`../crates/qanto-napi/qanto.${triple}.node`, import.meta.url));
    if (existsSync(built)) return requireBinary(built);
    const installed = `qanto-${triple}`;
    if (isInstalled(installed)) return requireBinary(installed);
    tried.push(installed);
  }
  throw new NativeUnavailableError(
    tried.length === 0
      ? `qanto has no native binary for ${process.platform}-${process.arch}; build it from source with "npm run build:native"`
      : `qanto's native binary for ${process.platform}-${process.arch} is not installed (looked for ${tried.join(', ')}); ` +
          'reinstall without --no-optional, or in a clone run "npm run build:native"',
  );
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

/**
 * What binaries could fit, as napi-rs names them. On Linux both C libraries: the package manager installs only
 * the one that fits.
 */
function triples(): string[] {
  const { platform, arch } = process;
  if (arch !== 'x64' && arch !== 'arm64') return [];
  switch (platform) {
    case 'linux':
      return [`linux-${arch}-gnu`, `linux-${arch}-musl`];
    case 'darwin':
      return [`darwin-${arch}`];
    case 'win32':
      return [`win32-${arch}-msvc`];
    default:
      return [];
  }
}
