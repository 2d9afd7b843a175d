#!/usr/bin/env node
// How many bytes of machine code each vectorised kernel has in the addon that is built. A kernel must stay well inside
// the first-level instruction cache (32 KB), and the decoded one of some processors holds less. Needs `nm` of binutils
// 2.36 or newer.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIRECTORY = fileURLToPath(new URL('../crates/qanto-napi/', import.meta.url));

const KERNELS = { avx512: 'avx512', avx2: 'avx2', sha_ni: 'sha-ni' };
/** What a kernel's hot function is generic over, as the row of a table that runs it; headers of 80 bytes. */
const HASHES = [
  [/sha256::Sha256<false>|^false$/, { algorithm: 'sha256', rolling: false }],
  [/sha256::Sha256<true>|^true$/, { algorithm: 'sha256d', rolling: false }],
  [/RollingSha256d/, { algorithm: 'sha256d', rolling: true }],
  [/Blake3<4>/, { algorithm: 'blake3', rolling: false }],
];

/** `{ kernel, algorithm, rolling, bytes }` of each, or undefined where there is no `nm` or no addon. */
export function kernelCodeSizes() {
  const addon = readdirSync(DIRECTORY).find((name) => name.endsWith('.node'));
  if (!addon) return undefined;
  const { status, stdout } = spawnSync('nm', ['--print-size', '--demangle', join(DIRECTORY, addon)], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const symbols = stdout.matchAll(/^\S+ (\S+) \S .*kernel::x86::(\w+)::first_survivor::<(.*)>$/gm);
  return [...symbols].flatMap(([, size, kernel, generic]) => {
    const hash = HASHES.find(([pattern]) => pattern.test(generic))?.[1];
    return hash ? [{ kernel: KERNELS[kernel], ...hash, bytes: Number.parseInt(size, 16) }] : [];
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = kernelCodeSizes();
  if (!sizes) throw new Error('needs nm (binutils) and a built addon: npm run build:native');
  for (const { kernel, algorithm, rolling, bytes } of sizes) {
    console.log(`${String(bytes).padStart(6)} bytes  ${algorithm}${rolling ? ', rolling' : ''} ${kernel}`);
  }
}
