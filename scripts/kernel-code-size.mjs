#!/usr/bin/env node
// Prints how many bytes of machine code each vectorised kernel has. A kernel must stay well inside the first-level instruction
// cache (32 KB), and the decoded one of some processors holds less. Needs `nm` of binutils 2.36 or newer.

import { spawnSync } from 'node:child_process';
import { requireRust, run } from './rust.mjs';

requireRust();

const build = ['bench', '--package', 'qanto-pow', '--bench', 'kernels', '--no-run'];
const env = {
  ...process.env,
  CARGO_TARGET_DIR: `${process.env.CARGO_TARGET_DIR ?? 'target'}/code-size`,
  // Symbols that name what a function is generic over.
  RUSTFLAGS: '-Csymbol-mangling-version=v0',
  CARGO_PROFILE_BENCH_STRIP: 'none',
};
run('cargo', build, { env });
const { stdout } = spawnSync('cargo', [...build, '--message-format', 'json'], { env, encoding: 'utf8' });
const executable = stdout
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line).executable)
  .findLast((path) => path);

const symbols = spawnSync('nm', ['--print-size', '--size-sort', '--demangle', executable], {
  encoding: 'utf8',
});
const KERNEL = /^\S+ (\S+) \S (.*kernel::x86::\S+::first_survivor.*)$/;
for (const line of symbols.stdout.split('\n')) {
  const [, size, name] = KERNEL.exec(line) ?? [];
  if (!size) continue;
  const short = name
    .replaceAll(/qanto_pow::kernel::(x86::|lanes::)?/g, '')
    .replaceAll(/(\w+)::(?=[A-Z])/g, '');
  console.log(`${String(Number.parseInt(size, 16)).padStart(6)} bytes  ${short}`);
}
