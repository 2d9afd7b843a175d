/**
 * DAGs whose forks are hard on reachability. Each function builds a DAG with the given length, and returns a function that
 * adds the next block. `dag.add(parents)` adds a block and returns its index; genesis is block 0, and indices are
 * consecutive.
 */
import { seededRandom } from './seeded-random.mjs';

/** The depth of the reorganisations, in blocks. */
const DEPTH = 1000;

/** The number of blocks by which another chain overtakes an abandoned branch. */
const LEAD = 20_000;

function chain(dag, from, length) {
  let tip = from;
  for (let i = 0; i < length; i++) tip = dag.add([tip]);
  return tip;
}

/** A chain of the given length that another chain from genesis has overtaken. */
function abandonedBranch(dag, length) {
  const tip = chain(dag, 0, length);
  chain(dag, 0, length + LEAD);
  return { root: tip - length + 1, middle: tip - (length >> 1), tip };
}

function growsFrom(start) {
  return (dag, length) => {
    let tip = abandonedBranch(dag, length)[start];
    return () => {
      tip = dag.add([tip]);
    };
  };
}

export const NORMAL = {
  'a chain': (dag, length) => {
    let tip = chain(dag, 0, length);
    return () => {
      tip = dag.add([tip]);
    };
  },
  'a DAG of width 3': (dag, length) => {
    let layer = [0];
    let next = [];
    const add = () => {
      next.push(dag.add(layer));
      if (next.length < 3) return;
      layer = next;
      next = [];
    };
    for (let i = 0; i < length; i++) add();
    return add;
  },
};

export const FORKING = {
  'a fork from the tip of an abandoned branch': growsFrom('tip'),
  'a fork from the middle of an abandoned branch': growsFrom('middle'),
  'a fork from the root of an abandoned branch': growsFrom('root'),
  'blocks on random blocks of an abandoned branch': (dag, length) => {
    const { root } = abandonedBranch(dag, length);
    const random = seededRandom(1);
    return () => {
      dag.add([root + Math.floor(random() * length)]);
    };
  },
  'children of one block of an abandoned branch': (dag, length) => {
    const { middle } = abandonedBranch(dag, length);
    return () => {
      dag.add([middle]);
    };
  },
  'two branches that overtake each other': (dag, length) => {
    let tip = chain(dag, 0, length);
    let other = tip;
    let left = DEPTH;
    return () => {
      tip = dag.add([tip]);
      left -= 1;
      if (left > 0) return;
      [tip, other] = [other, tip];
      left = 2 * DEPTH;
    };
  },
  'forks 1,000 below the tip, one after the other': (dag, length) => {
    let tip = chain(dag, 0, length);
    /** The last blocks of the heaviest chain, from 1,000 below its tip on. */
    let recent = Array.from({ length: DEPTH + 1 }, (_, i) => Math.max(tip - DEPTH + i, 0));
    let fork = [];
    return () => {
      tip = dag.add([fork.at(-1) ?? recent[0]]);
      fork.push(tip);
      if (fork.length <= DEPTH) return;
      recent = fork;
      fork = [];
    };
  },
};
