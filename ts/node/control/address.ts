/** Where the control socket of a data directory is. */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, realpathSync } from 'node:fs';
import path from 'node:path';

export const SOCKET_NAME = 'control.sock';

/** The maximum length of the path of a socket, without the zero that ends it, in bytes: `sun_path` of `sockaddr_un`. */
const MAX_PATH_BYTES = process.platform === 'linux' ? 107 : 103;

/** A path under which a socket can be reached. */
export interface Address {
  readonly path: string;
  /** Releases what the path depends on. The path must not be used any more. */
  release(): void;
}

/** The path of the control socket as messages show it: a file of the data directory, or a named pipe on Windows. */
export function socketPath(directory: string): string {
  return process.platform === 'win32' ? pipeName(directory) : path.join(directory, SOCKET_NAME);
}

/**
 * The path of a socket in a directory, in a form that is short enough for the system. Undefined if there is none. A path may be
 * longer than an address of a socket, so a relative path is used if that is shorter, and on Linux the directory may be
 * named by its descriptor.
 */
export function addressOf(directory: string, name = SOCKET_NAME): Address | undefined {
  const release = () => {};
  if (process.platform === 'win32') return { path: pipeName(directory), release };
  const absolute = path.join(directory, name);
  const short = [absolute, path.relative(process.cwd(), absolute)].find(fits);
  return short === undefined ? throughDescriptor(directory, name) : { path: short, release };
}

function throughDescriptor(directory: string, name: string): Address | undefined {
  if (process.platform !== 'linux') return undefined;
  const descriptor = openSync(directory, 'r');
  const folder = `/proc/self/fd/${descriptor}`;
  if (existsSync(folder)) {
    return { path: path.join(folder, name), release: () => closeSync(descriptor) };
  }
  closeSync(descriptor);
  return undefined;
}

/** What is wrong with a path for which `addressOf` returns undefined. */
export function tooLong(file: string): string {
  return (
    `its path has ${Buffer.byteLength(file)} bytes, and the path of a socket has at most ${MAX_PATH_BYTES}; ` +
    'use a data directory with a shorter path, or start from a directory that is closer to it'
  );
}

function fits(file: string): boolean {
  return Buffer.byteLength(file) <= MAX_PATH_BYTES;
}

/** All processes that use a directory must find the same pipe, by whatever path they name the directory. */
function pipeName(directory: string): string {
  const real = existsSync(directory) ? realpathSync.native(directory) : path.resolve(directory);
  const digest = createHash('sha256').update(real.toLowerCase()).digest('hex');
  return `\\\\.\\pipe\\qanto-${digest.slice(0, 32)}`;
}
