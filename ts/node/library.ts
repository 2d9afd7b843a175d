/**
 * Refuses a `qanto` of another version than this `qanto-node`, and the absence of one, when it is imported: what is
 * imported after it may rely on what `qanto/internal` has. `qanto` is a peer dependency, so that a process has one copy
 * of it; some package managers only warn of a version that does not fit, and some install no peers.
 */
import path from 'node:path';

/** `LIBRARY_MISSING` or `LIBRARY_VERSION`. No `QantoError`, since there may be no `qanto` to take that from. */
export class LibraryError extends Error {
  readonly code: 'LIBRARY_MISSING' | 'LIBRARY_VERSION';

  constructor(code: 'LIBRARY_MISSING' | 'LIBRARY_VERSION', message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'LibraryError';
    this.code = code;
  }
}

interface Manifest {
  readonly version: string;
}

/** Throws a {@link LibraryError} unless the library and the node have one version. */
export function requireSameVersion(
  node: Manifest,
  library: () => { readonly manifest: Manifest; readonly file: string },
): void {
  const install = `install both, in one version: "npm install qanto@${node.version} qanto-node@${node.version}"`;
  let found: { readonly manifest: Manifest; readonly file: string };
  try {
    found = library();
  } catch (cause) {
    const message = `qanto-node ${node.version} (${HERE}) needs the package qanto, which is not installed; ${install}`;
    throw new LibraryError('LIBRARY_MISSING', message, { cause });
  }
  const { manifest, file } = found;
  if (manifest.version === node.version) return;
  throw new LibraryError(
    'LIBRARY_VERSION',
    `qanto-node ${node.version} (${HERE}) needs qanto ${node.version}, and finds qanto ${manifest.version} ` +
      `(${path.dirname(file)}); ${install}`,
  );
}

const HERE = path.resolve(__dirname, '../..');

requireSameVersion(require('../../package.json') as Manifest, () => {
  const file = require.resolve('qanto/package.json');
  return { manifest: require(file) as Manifest, file };
});
