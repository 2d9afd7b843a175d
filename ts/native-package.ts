/**
 * Which prebuilt binaries fit a machine. Each platform has a package of its own, an optional dependency of qanto, so
 * that an install brings just the one that fits; nothing is compiled and no script runs.
 */

/** What decides whether a binary can be loaded, as `process` has it. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
}

/**
 * The ends of the packages' names (`qanto-<triple>`) and of the binaries', by `platform-arch`; the names are those of
 * napi-rs. On Linux the C library decides between two: package managers install the one that fits, and one that does
 * not fit cannot be loaded.
 */
const TRIPLES: Readonly<Record<string, readonly string[]>> = {
  'linux-x64': ['linux-x64-gnu', 'linux-x64-musl'],
  'linux-arm64': ['linux-arm64-gnu', 'linux-arm64-musl'],
  'darwin-x64': ['darwin-x64'],
  'darwin-arm64': ['darwin-arm64'],
  'win32-x64': ['win32-x64-msvc'],
  'win32-arm64': ['win32-arm64-msvc'],
};

/** The binaries that may fit, the likeliest first; empty when none is published. */
export function triplesOf({ platform, arch }: Machine): readonly string[] {
  return TRIPLES[`${platform}-${arch}`] ?? [];
}

/** What to say when no binary is installed: the machine, what was tried, and the ways out. */
export function unavailableMessage(machine: Machine, tried: readonly string[]): string {
  const fromSource = 'Rust 1.95 or newer builds it: "npm run build:native" in a clone of the repository';
  const name = `${machine.platform} ${machine.arch}`;
  const packages = triplesOf(machine).map((triple) => `qanto-${triple}`);
  if (packages.length === 0) {
    const known = Object.keys(TRIPLES).map((key) => key.replace('-', ' '));
    return `qanto has no prebuilt binary for ${name}, only for ${known.join(', ')}; ${fromSource}`;
  }
  return (
    `qanto's native binary for ${name} is not installed (tried ${tried.join(', ')}). ` +
    'Reinstall with optional dependencies (no --omit=optional), on the kind of machine that runs it (no node_modules copied ' +
    `from another), or install ${packages.join(' or ')} beside qanto; else ${fromSource}`
  );
}
