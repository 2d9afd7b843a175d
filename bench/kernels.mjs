#!/usr/bin/env node
// Prints a table of every kernel that this machine runs, with every algorithm, and of the alternatives in Node.js.
//   npm run bench:kernels -- [--seconds 60] [--json]
import { parseArgs } from 'node:util';
import { printHashRates } from '../npm/qanto-node/dist/cli/bench-run.js';
import { stoppedExitCode } from '../npm/qanto-node/dist/cli/exit-codes.js';
import { kernelSubject } from '../npm/qanto-node/dist/diagnostics/kernel-subjects.js';
import { measuredMachine } from '../npm/qanto-node/dist/diagnostics/machine.js';
import { kernelCodeSizes } from '../scripts/kernel-code-size.mjs';

const { values: flags } = parseArgs({
  options: { seconds: { type: 'string', default: '60' }, json: { type: 'boolean', default: false } },
});

const HASHES = [
  { algorithm: 'sha256d', versions: 1 },
  { algorithm: 'sha256d', versions: 4 },
  { algorithm: 'sha256d', versions: 16 },
  { algorithm: 'sha256', versions: 1 },
  { algorithm: 'blake3', versions: 1 },
];
/** Kernels that support only the SHA-256 family. */
const SHA_ONLY = ['sha-ni-avx512', 'sha-ni', 'sha2'];

const here = measuredMachine();
const sizes = kernelCodeSizes();
const hasKernel = ({ algorithm, kernel }) => algorithm !== 'blake3' || !SHA_ONLY.includes(kernel);

/** A kernel that shares no work between versions scans them with its plain function. */
function codeBytes({ algorithm, kernel, versions }) {
  const candidates = sizes?.filter((size) => size.algorithm === algorithm && size.kernel === kernel);
  const rolling = candidates?.find((size) => size.rolling && versions > 1);
  return (rolling ?? candidates?.find((size) => !size.rolling))?.bytes;
}

const onOneThread = HASHES.flatMap((hash) => here.kernels.map((kernel) => ({ ...hash, kernel })));
const onTwo = HASHES.map((hash) => ({ ...hash, kernel: here.chosen[hash.algorithm].kernel, threads: 2 }));
const subjects = [...onOneThread, ...onTwo]
  .filter(hasKernel)
  .map((row) => kernelSubject({ ...row, codeBytes: codeBytes(row) }));

const interruptedBy = await printHashRates(here, subjects, {
  seconds: Number(flags.seconds),
  json: flags.json,
});
if (interruptedBy) process.exitCode = stoppedExitCode(interruptedBy);
