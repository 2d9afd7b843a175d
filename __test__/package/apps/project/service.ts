import { type Solution, type SolveOptions, solvePow, type Template } from 'qanto';
import { DagEngine, type VirtualChange } from 'qanto/dag';
import { setupDeterministicTestEnv } from 'qanto/testing';

const options: SolveOptions = { timeoutMs: 10_000 };
const template: Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(28),
  nonce: { offset: 20, encoding: 'u64le' },
  target: 2n ** 242n,
};

export async function stamp(): Promise<bigint> {
  const solution: Solution = await solvePow(template, options);
  return solution.nonce;
}

export function sinkOf(change: VirtualChange): string {
  // @ts-expect-error: the declarations are found, so this is an error.
  const wrong: number = change.sink;
  return String(wrong) + DagEngine.name + setupDeterministicTestEnv.name;
}
