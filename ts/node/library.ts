/**
 * Throws on import if the package `qanto` is missing or has another version than this `qanto-node`, so that modules imported
 * later can rely on `qanto/internal`. `qanto` is a peer dependency, so that a process has one copy of it; some package
 * managers only warn about a wrong version of a peer, and some do not install peers.
 */
import path from 'node:path';

/** The base of both errors. It is not a `QantoError`, because `qanto` may be missing. */
class LibraryError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** `ERR_QANTO_LIBRARY_MISSING`: the package `qanto` is not installed. */
export class LibraryMissingError extends LibraryError {
  constructor(message: string, options: ErrorOptions) {
    super('ERR_QANTO_LIBRARY_MISSING', message, options);
  }
}

/** `ERR_QANTO_LIBRARY_VERSION`: the package `qanto` has another version than this package. */
export class LibraryVersionError extends LibraryError {
  constructor(message: string) {
    super('ERR_QANTO_LIBRARY_VERSION', message);
  }
}

interface Manifest {
  readonly version: string;
}

/** Throws `ERR_QANTO_LIBRARY_MISSING` or `ERR_QANTO_LIBRARY_VERSION` unless the library and the node have the same version. */
export function requireSameVersion(
  node: Manifest,
  library: () => { readonly manifest: Manifest; readonly file: string },
): void {
  const install = `install the same version of both: "npm install qanto@${node.version} qanto-node@${node.version}"`;
  let found: { readonly manifest: Manifest; readonly file: string };
  try {
    found = library();
  } catch (cause) {
    const message = `qanto-node ${node.version} (${HERE}) needs the package qanto, which is not installed; ${install}`;
    throw new LibraryMissingError(message, { cause });
  }
  const { manifest, file } = found;
  if (manifest.version === node.version) return;
  throw new LibraryVersionError(
    `qanto-node ${node.version} (${HERE}) needs qanto ${node.version}, but found qanto ${manifest.version} ` +
      `(${path.dirname(file)}); ${install}`,
  );
}

const HERE = path.resolve(__dirname, '../..');

const manifest = require('../../package.json') as Manifest;

/** The version of both packages. */
export const { version } = manifest;

requireSameVersion(manifest, () => {
  const file = require.resolve('qanto/package.json');
  return { manifest: require(file) as Manifest, file };
});
