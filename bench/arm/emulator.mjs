// Runs the kernels of aarch64 under an emulator that reports every instruction.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const TRIPLE = 'aarch64-unknown-linux-gnu';
const EMULATOR = 'qemu-aarch64';
/** The option for blocks of one instruction, which the emulator reports on stderr. Its name has changed in release 8.1. */
const SINGLE_STEP = ['-one-insn-per-tb', '-singlestep'].find((option) =>
  new RegExp(`^${option}\\b`, 'm').test(execFileSync(EMULATOR, ['-h'], { encoding: 'utf8' })),
);
const HEADER = ['80', '76', 'u32le'];

/**
 * What is measured. `scan` has the kernel, the hash function, the length of the preimage, and the offset and the encoding of
 * the nonce. `lanes` is the number of nonces that an iteration of the kernel's loop hashes.
 */
export const SHAPES = [
  { scan: ['sha2', 'sha256d', ...HEADER], lanes: 4 },
  { scan: ['sha2', 'sha256', ...HEADER], lanes: 4 },
  { scan: ['sha2', 'sha256', '60', '60', 'hex'], lanes: 4 },
  { scan: ['sha2', 'sha256', '90', '10', 'u64be'], lanes: 4 },
  { scan: ['sha2', 'sha512', '52', '44', 'u64be'], lanes: 2 },
  { scan: ['neon', 'blake3', ...HEADER], lanes: 8 },
  { scan: ['neon', 'sha256d', ...HEADER], lanes: 4 },
  { scan: ['neon', 'sha512', '52', '44', 'u64be'], lanes: 2 },
  { scan: ['neon', 'blake2b', '40', '0', 'u64be'], lanes: 2 },
  { scan: ['portable', 'sha256d', ...HEADER], lanes: 16 },
  { scan: ['portable', 'sha256', ...HEADER], lanes: 16 },
  { scan: ['portable', 'blake3', ...HEADER], lanes: 16 },
];

export const nameOf = ({ scan }) => scan.join(' ');

/** Builds the program that scans, with the compiler that `target/arm-tools/env` selects. Returns its path. */
export function buildScan() {
  const options = `--locked --profile arm --target-dir target/arm --target ${TRIPLE}`;
  // `.ci/arm` selects the same packages, so that the library is compiled only once.
  const build = `. target/arm-tools/env && cargo build ${options} -p qanto-pow -p qanto-napi --example scan`;
  execFileSync('bash', ['-c', build], { stdio: ['ignore', 'inherit', 'inherit'] });
  return `target/arm/${TRIPLE}/arm/examples/scan`;
}

/** Returns the number of instructions that the kernel executes for a nonce. */
export async function instructionsOf(program, shape, nonces = 768) {
  // What does not depend on the number of nonces cancels out.
  const few = await count(program, shape, nonces / 3);
  const many = await count(program, shape, nonces);
  return (many - few) / (nonces - nonces / 3);
}

async function count(program, { scan }, nonces) {
  const emulator = start(program, 'exec,nochain', scan, nonces);
  const line = Buffer.from('\nTrace ');
  let count = 0;
  let rest = Buffer.alloc(0);
  // The lines are many and are not needed as strings.
  for await (const chunk of emulator.stderr) {
    const bytes = Buffer.concat([rest, chunk]);
    for (let at = bytes.indexOf(line); at >= 0; at = bytes.indexOf(line, at + line.length)) count += 1;
    rest = bytes.subarray(Math.max(0, bytes.length - line.length + 1));
  }
  await ended(emulator, scan);
  return count;
}

/** Returns the instructions, as text, of one iteration of the kernel's loop, in the order in which they are executed. */
export async function iterationOf(program, { scan, lanes }) {
  // No other loop of the program is likely to have as many.
  const iterations = 94;
  const emulator = start(program, 'exec,in_asm,nochain', scan, iterations * lanes);
  const text = new Map();
  const executed = [];
  for await (const line of createInterface({ input: emulator.stderr })) {
    const trace = /^Trace \d+: \S+ \[[0-9a-f]+\/0*([0-9a-f]+)\//.exec(line);
    const instruction = /^0x0*([0-9a-f]+):\s+([0-9a-f]{8})\s+(.*)$/.exec(line);
    if (trace) executed.push(trace[1]);
    else if (instruction) {
      const [, address, code, disassembled] = instruction;
      text.set(address, sha512Instruction(Number.parseInt(code, 16)) ?? disassembled.trim());
    }
  }
  await ended(emulator, scan);
  const [from, to] = bordersOfIteration(executed, iterations);
  return executed.slice(from, to).map((address) => text.get(address));
}

/** Returns the text of an instruction for SHA-512, which the emulator's disassembler does not know. */
function sha512Instruction(code) {
  const [d, n, m] = [code & 31, (code >> 5) & 31, (code >> 16) & 31];
  switch ((code & 0xffe0fc00) >>> 0) {
    case 0xce608000:
      return `sha512h q${d}, q${n}, v${m}.2d`;
    case 0xce608400:
      return `sha512h2 q${d}, q${n}, v${m}.2d`;
    case 0xce608800:
      return `sha512su1 v${d}.2d, v${n}.2d, v${m}.2d`;
    case 0xcec08000:
      return `sha512su0 v${d}.2d, v${n}.2d`;
    default:
      return undefined;
  }
}

/** Returns where an iteration in the middle of the loop begins and ends. */
function bordersOfIteration(executed, iterations) {
  const placesOf = new Map();
  for (const [place, address] of executed.entries()) {
    const places = placesOf.get(address);
    if (places) places.push(place);
    else placesOf.set(address, [place]);
  }
  const middle = iterations / 2;
  const length = (places) => places[middle + 1] - places[middle];
  // Every iteration executes some instructions of the loop once, and takes nearly the same number of them.
  const loops = [...placesOf.values()].filter(
    (places) =>
      places.length === iterations &&
      Math.abs(places[middle] - places[middle - 1] - length(places)) < 0.05 * length(places),
  );
  const loop = loops.reduce((a, b) => (length(b) > length(a) ? b : a));
  return [loop[middle], loop[middle + 1]];
}

function start(program, log, scan, nonces) {
  const options = ['-L', '/usr/aarch64-linux-gnu', SINGLE_STEP, '-d', log];
  return spawn(EMULATOR, [...options, program, ...scan, String(nonces)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

async function ended(emulator, scan) {
  const [code] = emulator.exitCode === null ? await once(emulator, 'exit') : [emulator.exitCode];
  if (code !== 0) throw new Error(`${scan.join(' ')} ended with the code ${code}`);
}
