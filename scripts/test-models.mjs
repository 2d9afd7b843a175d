#!/usr/bin/env node
// The models of the threads, every interleaving of them. In a target folder of its own, since the cfg rebuilds all.
import { requireRust, run } from './rust.mjs';

requireRust();
const env = {
  ...process.env,
  RUSTFLAGS: `${process.env.RUSTFLAGS ?? ''} --cfg loom`.trim(),
  CARGO_TARGET_DIR: `${process.env.CARGO_TARGET_DIR ?? 'target'}/models`,
};
run('cargo', ['test', '-p', 'qanto-pow', '--lib', '--locked', 'models::', ...process.argv.slice(2)], { env });
