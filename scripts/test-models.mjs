#!/usr/bin/env node
// Runs the models of the threads, with every interleaving. They have their own target folder, because the cfg rebuilds
// everything.
import { requireRust, run } from './rust.mjs';

requireRust();
const env = {
  ...process.env,
  RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} --cfg loom`.trim(),
  CARGO_TARGET_DIR: `${process.env.CARGO_TARGET_DIR ?? 'target'}/models`,
};
run('cargo', ['test', '-p', 'qanto-pow', '--lib', '--locked', 'models::', ...process.argv.slice(2)], { env });
