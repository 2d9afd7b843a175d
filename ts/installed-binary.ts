/**
 * Requires the packages of the native binaries by literal names inside a `try`, so that programs that trace or bundle
 * find them; require.ts explains why.
 */
import { requireFromProgram } from './require.ts';

/** Requires `qanto-<triple>`. Throws the error of `require`. */
export function requireInstalled(triple: string): unknown {
  try {
    switch (triple) {
      case 'linux-x64-gnu':
        return require('qanto-linux-x64-gnu');
      case 'linux-x64-musl':
        return require('qanto-linux-x64-musl');
      case 'linux-arm64-gnu':
        return require('qanto-linux-arm64-gnu');
      case 'linux-arm64-musl':
        return require('qanto-linux-arm64-musl');
      case 'darwin-x64':
        return require('qanto-darwin-x64');
      case 'darwin-arm64':
        return require('qanto-darwin-arm64');
      case 'win32-x64-msvc':
        return require('qanto-win32-x64-msvc');
      default:
        return require('qanto-win32-arm64-msvc');
    }
  } catch (error) {
    return requireFromProgram(`qanto-${triple}`, error);
  }
}
