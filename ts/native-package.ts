/**
 * Selects the prebuilt binaries for a machine. The binary of each platform is in a separate package, which is an optional
 * dependency of qanto. Package managers install only the package that fits; nothing is compiled, and no script runs.
 */

/** The properties of `process` that determine which binary can be loaded. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
}

/**
 * The triples by `platform-arch`, as napi-rs names them. The packages are named `qanto-<triple>`, and the names of the
 * binaries contain the triple. On Linux there are two triples, one for each C library. Package managers install the one
 * that fits; the other one cannot be loaded.
 */
const TRIPLES: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['linux-x64-gnu', 'linux-x64-musl'],
  'linux-arm64': ['linux-arm64-gnu', 'linux-arm64-musl'],
  'darwin-x64': ['darwin-x64'],
  'darwin-arm64': ['darwin-arm64'],
  'win32-x64': ['win32-x64-msvc'],
  'win32-arm64': ['win32-arm64-msvc'],
};

/** The triples of the binaries that may fit, the most likely first. Empty if there is no binary for the machine. */
export function triplesOf({ platform, arch }: Machine): readonly string[] {
  return TRIPLES[`${platform}-${arch}`] ?? [];
}

/** The error message if no binary is installed. It names the machine, what was tried, and possible solutions. */
export function unavailableMessage(machine: Machine, tried: readonly string[]): string {
  const fromSource =
    'to build the binary, install Rust 1.95 or newer and run "npm run build:native" in a clone of the repository';
  const name = `${machine.platform} ${machine.arch}`;
  const packages = triplesOf(machine).map((triple) => `qanto-${triple}`);
  if (packages.length === 0) {
    const known = Object.keys(TRIPLES).map((key) => key.replace('-', ' '));
    return `qanto has no prebuilt binary for ${name}, only for ${known.join(', ')}; ${fromSource}`;
  }
  return (
    `qanto's native binary for ${name} is not installed (tried ${tried.join(', ')}). ` +
    'Install qanto again on this machine, with optional dependencies (without --omit=optional), because node_modules cannot be ' +
    `copied from another platform. You can also install ${packages.join(' or ')} beside qanto; ${fromSource}`
  );
}
