import { type Kernel, solvePow } from 'qanto';
import { mineBlocks, openTestDag } from 'qanto/testing';
import type { Check } from '../check.ts';

const SEED = 42;
const BLOCKS = { quick: 5, full: 50 };

export const determinism: Check = {
  id: 'determinism',
  title: 'Determinism',
  method:
    'The devnet is mined with seed 42, once for each kernel and number of threads. All runs must have the same sink.',
  seconds: { quick: 3, full: 20 },
  async measure({ machine, quick, signal, onProgress }) {
    const blocks = quick ? BLOCKS.quick : BLOCKS.full;
    const cases = machine.kernels.flatMap((kernel) =>
      [...new Set([1, 2, machine.cores])].map((threads) => ({ kernel, threads })),
    );
    const sinks = new Map<string, string[]>();
    for (const [index, { kernel, threads }] of cases.entries()) {
      signal.throwIfAborted();
      const sink = await mineSeeded(blocks, kernel, threads);
      sinks.set(sink, [
        ...(sinks.get(sink) ?? []),
        `${kernel} with ${threads} thread${threads === 1 ? '' : 's'}`,
      ]);
      onProgress((index + 1) / cases.length);
    }
    const groups = [...sinks.values()].map((names) => names.join(', ')).join('; ');
    return {
      figures: [{ name: 'different sinks', unit: '', samples: cases.length, values: { count: sinks.size } }],
      findings: [
        sinks.size === 1
          ? {
              verdict: 'good',
              statement: `${cases.length} runs of ${blocks} blocks have the same sink, ${[...sinks.keys()][0]}`,
            }
          : {
              verdict: 'fail',
              statement: `the runs have ${sinks.size} different sinks: ${groups}`,
              advice: 'This is a bug. Report it with the description of the machine.',
            },
      ],
    };
  },
};

async function mineSeeded(blocks: number, kernel: Kernel, threads: number): Promise<string> {
  const dag = await openTestDag({ seed: SEED });
  try {
    await mineBlocks(dag, blocks, {
      threads,
      solve: (template, options) => solvePow(template, { ...options, kernel }),
    });
    return dag.sink();
  } finally {
    await dag.close();
  }
}
