/**
 * Which prebuilt binary a machine needs. Each platform has a package of its own, an optional dependency of qanto, so
 * that an install brings just the one that fits; nothing is compiled and no script runs.
 */
import { familySync, GLIBC, MUSL } from 'detect-libc';

/** What decides whether a binary can be loaded. */
export interface Machine {
  /** As `process.platform` and `process.arch` have them. */
  readonly platform: string;
  readonly arch: string;
  /** The C library, on Linux; undefined elsewhere and where it cannot be told. */
  readonly libc: 'glibc' | 'musl' | undefined;
}

/** The packages, by `platform-arch` and on Linux by C library; the names after `qanto-` are those of napi-rs. */
const TRIPLES: Readonly<Record<string, string>> = {
  'linux-x64-glibc': 'linux-x64-gnu',
  'linux-x64-musl': 'linux-x64-musl',
  'linux-arm64-glibc': 'linux-arm64-gnu',
  'linux-arm64-musl': 'linux-arm64-musl',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'win32-x64-msvc',
  'win32-arm64': 'win32-arm64-msvc',
};

export function thisMachine(): Machine {
  const { platform, arch } = process;
  const family = platform === 'linux' ? familySync() : null;
  return { platform, arch, libc: family === GLIBC ? 'glibc' : family === MUSL ? 'musl' : undefined };
}

/** The end of the package's name (`qanto-<triple>`) and of the file's; undefined when no binary is published. */
export function tripleOf(machine: Machine): string | undefined {
  return TRIPLES[describeMachine(machine, '-')];
}

/** `linux x64 glibc`: for messages. */
export function describeMachine({ platform, arch, libc }: Machine, separator = ' '): string {
  const parts = libc === undefined ? [platform, arch] : [platform, arch, libc];
  return parts.join(separator);
}

/** What to say when nothing could be loaded: the machine, what was tried, and the ways out. */
export function unavailableMessage(machine: Machine, tried: readonly string[]): string {
  const fromSource = 'Rust 1.95 or newer builds it: "npm run build:native" in a clone of the repository';
  const name = describeMachine(machine);
  const triple = tripleOf(machine);
  if (triple === undefined) {
    const known = Object.keys(TRIPLES).map((key) => key.replaceAll('-', ' '));
    return `qanto has no prebuilt binary for ${name}, only for ${known.join(', ')}; ${fromSource}`;
  }
  return (
    `qanto's native binary for ${name} is not installed (tried ${tried.join(', ')}). ` +
    'Reinstall with optional dependencies (no --omit=optional), on the kind of machine that runs it (no node_modules copied ' +
    `from another), or install qanto-${triple} beside qanto; else ${fromSource}`
  );
}
