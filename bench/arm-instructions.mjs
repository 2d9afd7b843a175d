#!/usr/bin/env node
// Counts the instructions that the kernels of aarch64 execute for a nonce, under an emulator. It says nothing about time.
//   .ci/install-arm-tools target/arm-tools && node bench/arm-instructions.mjs [--json]
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const TRIPLE = 'aarch64-unknown-linux-gnu';
const HEADER = ['80', '76', 'u32le'];

/** Kernel, hash function, length of the preimage, offset and encoding of the nonce. */
const SHAPES = [
  ['sha2', 'sha256d', ...HEADER],
  ['sha2', 'sha256', ...HEADER],
  ['sha2', 'sha256', '60', '60', 'hex'],
  ['sha2', 'sha256', '90', '10', 'u64be'],
  ['neon', 'blake3', ...HEADER],
  ['neon', 'sha256d', ...HEADER],
  ['neon', 'sha512', '52', '44', 'u64be'],
  ['neon', 'blake2b', '40', '0', 'u64be'],
  ['portable', 'sha256d', ...HEADER],
  ['portable', 'sha256', ...HEADER],
  ['portable', 'blake3', ...HEADER],
];

// The tools come with a compiler, which the file `env` selects.
execFileSync(
  'bash',
  [
    '-c',
    `. target/arm-tools/env && cargo build --locked --release -p qanto-pow --example scan --target ${TRIPLE}`,
  ],
  { stdio: ['ignore', 'inherit', 'inherit'] },
);

/** The number of instructions of a run: the emulator writes a line for each of them. */
async function instructionsOf(shape, nonces) {
  const log = ['-singlestep', '-d', 'exec,nochain', '-D', '/dev/stdout'];
  const program = `target/${TRIPLE}/release/examples/scan`;
  const emulator = spawn('qemu-aarch64', [
    ...['-L', '/usr/aarch64-linux-gnu', ...log, program, ...shape, String(nonces)],
  ]);
  const exit = once(emulator, 'exit');
  let count = 0;
  for await (const line of createInterface({ input: emulator.stdout })) {
    if (line.startsWith('Trace ')) count += 1;
  }
  const [code] = await exit;
  if (code !== 0) throw new Error(`${shape.join(' ')} ended with the code ${code}`);
  return count;
}

const rows = [];
for (const shape of SHAPES) {
  // What does not depend on the number of nonces cancels out.
  const [few, many] = [await instructionsOf(shape, 1000), await instructionsOf(shape, 3000)];
  const row = { shape: shape.join(' '), instructions: (many - few) / 2000 };
  rows.push(row);
  if (!flags.json) console.log(`${row.shape.padEnd(30)} ${row.instructions.toFixed(1).padStart(8)}`);
}
if (flags.json) console.log(JSON.stringify(rows, null, 2));
