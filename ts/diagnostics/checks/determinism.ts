import { type Kernel, solvePow } from 'qanto';
import { mineBlocks, openTestDag } from 'qanto/testing';
import type { Check } from '../check.ts';

const SEED = 42;
const BLOCKS = { quick: 5, full: 50 };

export const determinism: Check = {
  id: 'determinism',
  title: 'Determinism',
  method:
    'The sink after mining the devnet under seed 42, once for each kernel and number of threads: equal to the byte or not.',
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
      sinks.set(sink, [...(sinks.get(sink) ?? []), `${kernel} on ${threads}`]);
      onProgress((index + 1) / cases.length);
    }
    const who = [...sinks.values()].map((names) => names.join(', ')).join(' / ');
    return {
      figures: [{ name: 'different sinks', unit: '', samples: cases.length, values: { count: sinks.size } }],
      findings: [
        sinks.size === 1
          ? {
              verdict: 'good',
              statement: `${cases.length} runs of ${blocks} blocks end in the same sink ${[...sinks.keys()][0]}`,
            }
          : {
              verdict: 'fail',
              statement: `${sinks.size} different sinks: ${who}`,
              advice: 'report this as a bug, with the machine above',
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
