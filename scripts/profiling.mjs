import { copyFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import { requireRust, run } from './rust.mjs';

const INFERNO = '0.12.8';
const TOOLS = path.resolve('target/tools/bin');
const LIBRARIES = { linux: 'libqanto_napi.so', darwin: 'libqanto_napi.dylib', win32: 'qanto_napi.dll' };

/**
 * Installs inferno and builds the addon for profiling, both in `target`, if they are missing or out of date. Adds inferno to
 * the PATH of this process, and returns the path of the addon.
 */
export function prepareProfiling() {
  requireRust();
  if (!existsSync('target/tools/bin/inferno-flamegraph')) {
    run('cargo', ['install', 'inferno', '--locked', '--version', INFERNO, '--root', 'target/tools']);
  }
  run('cargo', ['build', '--package', 'qanto-napi', '--profile', 'profiling', '--locked'], {
    // Symbols contain the type parameters of generic functions. perf needs the frame pointers to find the callers.
    env: { ...process.env, RUSTFLAGS: '-Cforce-frame-pointers=yes -Csymbol-mangling-version=v0' },
  });
  const addon = path.resolve('target/profiling/qanto.node');
  copyFileSync(path.join('target/profiling', LIBRARIES[process.platform]), addon);
  process.env.PATH = `${TOOLS}${path.delimiter}${process.env.PATH}`;
  return addon;
}
