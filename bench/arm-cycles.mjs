#!/usr/bin/env node
// Models how many cycles the kernels of aarch64 take for a nonce: for Neoverse cores with llvm-mca, for Apple's M1 with the
// model in arm/model.mjs. The models read the instructions that an iteration executes under an emulator. NOTHING IS MEASURED:
// hardware may be slower, because the models know no caches, no mispredicted branches and no limits of the clock.
//   .ci/install-arm-tools target/arm-tools --with-models && node bench/arm-cycles.mjs [--json]
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildScan, iterationOf, nameOf, SHAPES } from './arm/emulator.mjs';
import { cyclesOf, M1 } from './arm/model.mjs';

const { values: flags } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const LLVM_CORES = { n1: 'neoverse-n1', v1: 'neoverse-v1', v2: 'neoverse-v2' };
const ITERATIONS = 100;
/** The address at the end of a branch, or of an instruction that computes one. */
const ADDRESS = /^((?:b|bl|b\.\w+|[ct]b\w+|adrp?)\s.*)#0x[0-9a-f]+$/;

/** Returns the cycles of one iteration by the model of LLVM. */
function cyclesByLlvm(core, instructions) {
  // Where a branch leads makes no difference to the model, which takes the instructions one after the other.
  const input = instructions.map((text) => text.replace(ADDRESS, '$1#0')).join('\n');
  const flagsOfMca = ['-mtriple=aarch64', '-mattr=+sha2,+sha3', `-mcpu=${core}`, `-iterations=${ITERATIONS}`];
  const report = execFileSync(process.env.LLVM_MCA ?? 'target/arm-tools/llvm-mca', flagsOfMca, {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: 2 ** 28,
  });
  return Number(/^Total Cycles:\s+(\d+)$/m.exec(report)[1]) / ITERATIONS;
}

const program = buildScan();
const rows = [];
for (const shape of SHAPES) {
  const iteration = await iterationOf(program, shape);
  // The model of the M1 does not know how long the instructions for SHA-512 take.
  const isKnown = !iteration.some((text) => text.startsWith('sha512'));
  const cycles = isKnown ? { m1: cyclesOf(M1, iteration) / shape.lanes } : {};
  for (const [name, core] of Object.entries(LLVM_CORES)) {
    cycles[name] = cyclesByLlvm(core, iteration) / shape.lanes;
  }
  rows.push({ shape: nameOf(shape), instructions: iteration.length / shape.lanes, cycles });
}
if (flags.json) console.log(JSON.stringify(rows, null, 2));
else {
  console.log('Modelled, not measured. Instructions and cycles for a nonce:');
  console.table(
    Object.fromEntries(
      rows.map(({ shape, instructions, cycles }) => [
        shape,
        Object.fromEntries(
          Object.entries({ instructions, ...cycles }).map(([name, value]) => [
            name,
            Number(value.toFixed(1)),
          ]),
        ),
      ]),
    ),
  );
}
