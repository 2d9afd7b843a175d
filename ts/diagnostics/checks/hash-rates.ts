import { ALGORITHMS, type Kernel } from 'qanto';
import { MAX_VARIANTS } from 'qanto/internal';
import type { Check, Finding } from '../check.ts';
import { type HashRate, summarise } from '../hash-rate-summary.ts';
import { byWhom, withVersions } from '../hash-rate-table.ts';
import { measureHashRates } from '../hash-rates.ts';
import { type KernelSubjectOptions, kernelSubject } from '../kernel-subjects.ts';
import { HEADER_ALGORITHMS } from '../subject.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

export const hashRates: Check = {
  id: 'hash-rates',
  title: 'Hash rates',
  method:
    'Hashes of an 80-byte header per second of CPU time through solvePow, with all rows sampled in turn. Scaling is the rate with all cores relative to one thread if each thread has its own core.',
  seconds: { quick: 8, full: 60 },
  async measure({ machine, quick, seconds, signal, onProgress }) {
    const counts = [...new Set([1, machine.cores])];
    const headers = HEADER_ALGORITHMS.flatMap((algorithm): KernelSubjectOptions[] => {
      // The SHA instructions do not compute BLAKE3; their kernels would use the portable one.
      const kernels = machine.kernels.filter(
        (kernel) => algorithm !== 'blake3' || !kernel.startsWith('sha-ni'),
      );
      const isChosen = (kernel: Kernel) => kernel === machine.chosen[algorithm].kernel;
      const rows = kernels.flatMap((kernel) =>
        counts
          .filter((threads) => threads === 1 || !quick || isChosen(kernel))
          .map((threads) => ({ algorithm, kernel, threads })),
      );
      // With version rolling, as the miner searches.
      const rolling = rows.filter(({ kernel }) => algorithm === 'sha256d' && isChosen(kernel));
      return [...rows, ...rolling.map((row) => ({ ...row, versions: MAX_VARIANTS }))];
    });
    const others = ALGORITHMS.filter(
      (algorithm) => !HEADER_ALGORITHMS.some((header) => header === algorithm),
    ).map((algorithm) => ({ algorithm, kernel: machine.chosen[algorithm].kernel }));
    const subjects = [...headers, ...others].map(kernelSubject);
    const rates = summarise(await measureHashRates(subjects, { seconds, signal, onProgress }));
    const named = (rate: HashRate) => `${withVersions(rate.algorithm, rate.versions)} ${byWhom(rate)}`;
    return {
      figures: rates.map((rate) => ({
        name: named(rate),
        unit: 'MH/CPU-s',
        samples: rate.samples,
        values: {
          median: rate.hashesPerCpuSecond.median / 1e6,
          p10: rate.hashesPerCpuSecond.p10 / 1e6,
          p90: rate.hashesPerCpuSecond.p90 / 1e6,
          ...(rate.scaling !== undefined && { scaling: rate.scaling }),
        },
      })),
      findings: [
        ...rates
          .filter(({ algorithm, kernel }) => kernel === machine.chosen[algorithm].kernel)
          .flatMap((rate) => scalingFinding(rate, named(rate))),
        kernelFinding(machine.chosen.sha256d.kernel),
      ],
      plots: [
        {
          kind: 'bars',
          title: 'Hash rate, one thread',
          unit: 'MH/CPU-s',
          bars: rates
            .filter(({ threads }) => threads === 1)
            .map((rate) => ({ label: named(rate), value: rate.hashesPerCpuSecond.median / 1e6 })),
        },
      ],
    };
  },
};

function scalingFinding({ scaling, threads }: HashRate, name: string): Finding[] {
  if (scaling === undefined) return [];
  const efficiency = scaling / threads;
  return [
    {
      verdict: judge(THRESHOLDS.scalingEfficiency, efficiency),
      statement: `${name}: ${scaling.toFixed(2)} times the rate of one thread, an efficiency of ${Math.round(100 * efficiency)} %`,
      advice: 'Check whether other processes use the cores, and whether the cores are hyper-threads.',
      timed: true,
    },
  ];
}

function kernelFinding(kernel: string): Finding {
  return kernel === 'portable'
    ? {
        verdict: 'warn',
        statement: 'sha256d uses the portable kernel',
        advice: 'Unset QANTO_KERNEL, or use a processor with AVX2, AVX-512 or SHA instructions.',
      }
    : { verdict: 'good', statement: `sha256d uses the ${kernel} kernel` };
}
