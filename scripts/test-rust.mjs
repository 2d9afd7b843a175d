#!/usr/bin/env node
// The Rust tests: through cargo-nextest where it is installed, else cargo test.
import { hasCargoCommand, requireRust, run } from './rust.mjs';

requireRust();
const command = hasCargoCommand('nextest') ? ['nextest', 'run'] : ['test'];
run('cargo', [...command, '--workspace', '--locked', ...process.argv.slice(2)]);
