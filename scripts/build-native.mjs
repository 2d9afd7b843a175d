#!/usr/bin/env node
// Builds the addon next to its crate: crates/qanto-napi/qanto.<platform>.node and index.d.ts.
import { fileURLToPath } from 'node:url';
import { requireRust, run } from './rust.mjs';

/** Symbols that name what a function is generic over: for whoever reads a profile, and for the sizes of the kernels. */
const RUSTFLAGS = ['-Csymbol-mangling-version=v0'];

requireRust();
const napi = fileURLToPath(new URL('../node_modules/@napi-rs/cli/dist/cli.js', import.meta.url));
run(process.execPath, [
  napi,
  'build',
  '--platform',
  '--release',
  '--no-js',
  ...['--manifest-path', 'crates/qanto-napi/Cargo.toml'],
  ...['--output-dir', 'crates/qanto-napi'],
  ...process.argv.slice(2),
  ...['--', '--locked', '--config', `build.rustflags=${JSON.stringify(RUSTFLAGS)}`],
]);
