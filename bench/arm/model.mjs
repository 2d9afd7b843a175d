// Models of processors of aarch64: how many cycles an iteration of a loop takes if it is repeated. No figure of them comes
// from hardware.
//
// The model of Apple's M1 is built on the public measurements of Dougall Johnson (https://dougallj.github.io/applecpu/):
// 8 instructions a cycle enter in order, into a window of 600. There are 4 pipes for vectors, whose results come after 2
// cycles. SHA256H and SHA256H2 run on one of the pipes and keep the SHA unit busy for 2 cycles. Their result comes after 4
// cycles to the next one that has it as its first operand, and after 5 to all others. SHA256SU0 takes 2 cycles and SHA256SU1
// takes 3, on the same pipe, in the cycles that SHA256H leaves free. Moves between vectors take no pipe. LLVM's model of the M1 is that
// of a core of 2013, which has 3 pipes and begins a SHA256H in every cycle.
//
// What the model leaves out makes it too optimistic: caches, mispredicted branches, and the limits of schedulers.

export const M1 = {
  width: 8,
  window: 600,
  pipes: [3, 2, 1, 0],
  loads: 3,
  stores: 2,
  integers: 6,
  hash: { busy: 2, toFirst: 4, toOthers: 5 },
  su1: 3,
  movesAreFree: true,
};

const LOAD = 5;
const STORE_TO_LOAD = 5;
const VECTOR = 2;
/** The pipe of the SHA unit. Other instructions take it only if no other pipe is free. */
const SHA_PIPE = 0;

const READS_DESTINATION = /^(sha256|sha512|sli|sri|usra|bsl|bif|bit|mla|movk|bfi|bfxil|ins)/;
const HAS_NO_DESTINATION = /^(st|cmp|cmn|tst|cbz|cbnz|tbz|tbnz|b$|b\.|br$|ret)/;

/** Returns what an instruction reads and writes. Registers of one file have one name, whatever their width. */
function decode(text) {
  const [, op, operands] = /^(\S+)\s*(.*)$/.exec(text);
  const memory = /\[[^\]]*\]/.exec(operands)?.[0];
  const registers = [...operands.matchAll(/\b(?:([vqdsb])(\d+)|[xw](\d+)|(sp))\b/g)].map(
    ([, file, vector, integer, sp]) => (file ? `v${vector}` : (sp ?? `x${integer}`)),
  );
  let destinations = registers.slice(0, 1);
  let sources = registers.slice(1);
  if (HAS_NO_DESTINATION.test(op)) [destinations, sources] = [[], registers];
  else if (op === 'ldp' || op === 'ldnp') {
    [destinations, sources] = [registers.slice(0, 2), registers.slice(2)];
  } else if (READS_DESTINATION.test(op) || isLaneWritten(op, operands)) sources = registers;
  const isVector = registers.some((register) => register.startsWith('v'));
  return { op, memory, destinations, sources, kind: kindOf(op, operands, isVector) };
}

/** A move into one lane keeps the others. */
const isLaneWritten = (op, operands) => op === 'mov' && /^v\d+\.\w+\[/.test(operands);

function kindOf(op, operands, isVector) {
  if (op === 'sha256h' || op === 'sha256h2') return 'hash';
  if (op.startsWith('sha256su')) return 'schedule';
  if (op.startsWith('ld')) return 'load';
  if (op.startsWith('st')) return 'store';
  if (!isVector) return 'integer';
  return op === 'mov' && !operands.includes('[') && !/\b[xw]\d/.test(operands) ? 'move' : 'vector';
}

/** What is taken of a resource in each cycle. */
class Slots {
  #taken = new Map();
  #size;

  constructor(size) {
    this.#size = size;
  }

  /** Takes one in the first cycle from `cycle` on that has one left, and returns this cycle. */
  take(cycle) {
    let at = cycle;
    while ((this.#taken.get(at) ?? 0) >= this.#size) at += 1;
    this.#taken.set(at, (this.#taken.get(at) ?? 0) + 1);
    return at;
  }
}

/** Returns the cycles that an iteration takes in the steady state. `instructions` are the texts of one iteration. */
export function cyclesOf(core, instructions, [few, many] = [20, 60]) {
  const retired = retirements(core, instructions.map(decode), many);
  const endOf = (iterations) => retired[iterations * instructions.length - 1];
  return (endOf(many) - endOf(few)) / (many - few);
}

/** Returns for each instruction the cycle in which it and all before it are done. */
function retirements(core, code, iterations) {
  const state = {
    core,
    ready: new Map(),
    /** When a register is ready for a SHA256H that has it as its first operand. */
    readyForHash: new Map(),
    stored: new Map(),
    pipes: core.pipes.map(() => new Set()),
    hashing: new Set(),
    loads: new Slots(core.loads),
    stores: new Slots(core.stores),
    integers: new Slots(core.integers),
  };
  const retired = [];
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    for (const instruction of code) {
      const inWindow = retired[retired.length - core.window] ?? 0;
      const entered = Math.max(Math.floor(retired.length / core.width), inWindow);
      const done = execute(state, instruction, entered);
      retired.push(Math.max(done, retired.at(-1) ?? 0));
    }
  }
  return retired;
}

/** Returns the cycle in which the result of the instruction is ready. */
function execute(state, instruction, entered) {
  const { core, ready, readyForHash } = state;
  const { kind, memory, destinations, sources } = instruction;
  const when = (register) => ready.get(register) ?? 0;
  const at = Math.max(entered, ...sources.map(when));
  let done;
  if (kind === 'hash') {
    const [first, ...others] = sources;
    const begun = beginHash(
      state,
      Math.max(entered, readyForHash.get(first) ?? when(first), ...others.map(when)),
    );
    for (const register of destinations) {
      ready.set(register, begun + core.hash.toOthers);
      readyForHash.set(register, begun + core.hash.toFirst);
    }
    return begun + core.hash.toOthers;
  }
  if (kind === 'load') {
    done = state.loads.take(at) + LOAD;
    if (memory?.includes('sp')) done = Math.max(done, state.stored.get(memory) ?? 0);
  } else if (kind === 'store') {
    done = state.stores.take(at) + 1;
    if (memory) state.stored.set(memory, done - 1 + STORE_TO_LOAD);
  } else if (kind === 'integer') {
    done = state.integers.take(at) + 1;
  } else if (kind === 'move' && core.movesAreFree) {
    done = at;
  } else {
    const pipes = kind === 'schedule' ? [SHA_PIPE] : core.pipes;
    done = beginVector(state, pipes, at) + (instruction.op === 'sha256su1' ? core.su1 : VECTOR);
  }
  for (const register of destinations) {
    ready.set(register, done);
    readyForHash.delete(register);
  }
  return done;
}

function beginHash({ core, pipes, hashing }, from) {
  const cycles = (at) => Array.from({ length: core.hash.busy }, (_, i) => at + i);
  let at = from;
  while (pipes[SHA_PIPE].has(at) || cycles(at).some((cycle) => hashing.has(cycle))) at += 1;
  for (const cycle of cycles(at)) hashing.add(cycle);
  pipes[SHA_PIPE].add(at);
  return at;
}

function beginVector({ pipes }, allowed, from) {
  for (let at = from; ; at += 1) {
    const free = allowed.find((pipe) => !pipes[pipe].has(at));
    if (free !== undefined) {
      pipes[free].add(at);
      return at;
    }
  }
}
