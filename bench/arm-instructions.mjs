#!/usr/bin/env node
// Counts the instructions that the kernels of aarch64 execute for a nonce, under an emulator. It says nothing about time.
//   .ci/install-arm-tools target/arm-tools && node bench/arm-instructions.mjs [--check] [--json]
// With --check, only the shapes with a limit are counted, and the exit status is 1 if one of them exceeds it.
import { parseArgs } from 'node:util';
import { buildScan, instructionsOf, nameOf, SHAPES } from './arm/emulator.mjs';

const { values: flags } = parseArgs({
  options: { check: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } },
});

/** The instructions for a nonce when this was last changed. */
const RECORDED = {
  'sha2 sha256d 80 76 u32le': 190,
  'sha2 sha256 80 76 u32le': 95,
  'sha2 sha256 60 60 hex': 112.5,
  'sha2 sha256 90 10 u64be': 194.8,
  'sha2 sha512 52 44 u64be': 564.5,
  'neon blake3 80 76 u32le': 207.5,
};
/** Another release of the compiler may arrange the code differently, but it must not cost more than this factor. */
const MARGIN = 1.03;

const program = buildScan();
const rows = [];
for (const shape of SHAPES) {
  const name = nameOf(shape);
  const recorded = RECORDED[name];
  if (flags.check && recorded === undefined) continue;
  const instructions = await instructionsOf(program, shape);
  rows.push({ shape: name, instructions, ...(recorded !== undefined && { recorded }) });
  if (!flags.json) console.log(`${name.padEnd(30)} ${instructions.toFixed(1).padStart(8)}`);
}
if (flags.json) console.log(JSON.stringify(rows, null, 2));
if (flags.check) {
  const exceeding = rows.filter(({ instructions, recorded }) => instructions > MARGIN * recorded);
  for (const { shape, instructions, recorded } of exceeding) {
    console.log(
      `not ok ${shape} takes at most ${recorded} instructions, within 3 %; it takes ${instructions}`,
    );
  }
  console.log(`${rows.length - exceeding.length} passed, ${exceeding.length} failed`);
  if (exceeding.length > 0) process.exitCode = 1;
}
