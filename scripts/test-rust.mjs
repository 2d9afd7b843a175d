#!/usr/bin/env node
// Runs the Rust tests, with cargo-nextest if it is installed and otherwise with cargo test. `--slow` runs only the slow ones.
import { hasCargoCommand, requireRust, run } from './rust.mjs';

requireRust();
const args = process.argv.slice(2);
const slow = args[0] === '--slow';
const rest = ['--workspace', '--locked', ...args.slice(slow ? 1 : 0)];
if (hasCargoCommand('nextest')) {
  const profile = slow ? 'slow' : process.env.CI === 'true' ? 'ci' : 'default';
  run('cargo', ['nextest', 'run', '--profile', profile, ...rest]);
} else {
  run('cargo', ['test', ...rest, '--', ...(slow ? ['slow::'] : ['--skip', 'slow::'])]);
}
