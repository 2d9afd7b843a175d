#!/usr/bin/env node
// Prints the size of the machine code of each vectorised kernel in the built addon, in bytes. A kernel must be much smaller
// than the first-level instruction cache (32 KB); the cache for decoded instructions of some processors is smaller still.
// Needs `nm` of binutils 2.36 or newer.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const DIRECTORY = fileURLToPath(new URL('../crates/qanto-napi/', import.meta.url));

const KERNELS = { avx512: 'avx512', avx2: 'avx2', sha_ni: 'sha-ni', sha_ni_avx512: 'sha-ni-avx512' };
/** The hash function in the names of a kernel's hot functions, and the row of the table that runs it, for headers of 80 bytes. */
const HASHES = [
  [
    /::Sha256<false, true>|::Sha256, false, 7>|::Header<false>|header::phase_of_sha256$/,
    { algorithm: 'sha256', rolling: false },
  ],
  [
    /::Sha256<true, true>|::Sha256, true, 7>|::Header<true>|header::\w+_phase_of_sha256d$/,
    { algorithm: 'sha256d', rolling: false },
  ],
  [/RollingSha256d/, { algorithm: 'sha256d', rolling: true }],
  [/Blake3Message<4, 7>/, { algorithm: 'blake3', rolling: false }],
];

/** `{ kernel, algorithm, rolling, bytes }` for each kernel, or undefined if `nm` or the addon is missing. */
export function kernelCodeSizes() {
  const addon = readdirSync(DIRECTORY).find((name) => name.endsWith('.node'));
  if (!addon) return undefined;
  const { status, stdout } = spawnSync('nm', ['--print-size', '--demangle', join(DIRECTORY, addon)], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const symbols = stdout.matchAll(
    /^\S+ (\S+) \S (.*\bkernel::x86::(avx512|avx2|sha_ni|sha_ni_avx512)\b.*::(?:first_candidate|\w*phase_of_sha256d?))$/gm,
  );
  const sizes = new Map();
  for (const [, size, name, kernel] of symbols) {
    const hash = HASHES.find(([pattern]) => pattern.test(name))?.[1];
    if (!hash) continue;
    // A kernel may consist of several functions.
    const key = `${kernel} ${hash.algorithm} ${hash.rolling}`;
    const bytes = (sizes.get(key)?.bytes ?? 0) + Number.parseInt(size, 16);
    sizes.set(key, { kernel: KERNELS[kernel], ...hash, bytes });
  }
  return [...sizes.values()];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const sizes = kernelCodeSizes();
  if (!sizes)
    throw new Error('nm (binutils) or the addon is missing; "npm run build:native" builds the addon');
  for (const { kernel, algorithm, rolling, bytes } of sizes) {
    console.log(`${String(bytes).padStart(6)} bytes  ${algorithm}${rolling ? ', rolling' : ''} ${kernel}`);
  }
}
