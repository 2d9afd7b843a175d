import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectory } from 'qanto/internal';
import type { Check, Figure, Finding } from '../check.ts';
import { recordFlamegraph } from '../flamegraph/record.ts';
import { hashingShare, readFlamegraph } from '../flamegraph/svg.ts';
import { perfObstacle } from '../flamegraph/tools.ts';
import { SCENARIO_NAMES } from '../scenarios/index.ts';
import { judge, THRESHOLDS } from '../thresholds.ts';

const CPU_SECONDS = { quick: 2, full: 4 };
/** Limit in wall time, since a busy machine gives less CPU time. */
const LONGEST_SECONDS = { quick: 6, full: 30 };

/** Records the three flamegraphs into `<folder>/flamegraphs`. `binary` is the path of the addon to use, if given. */
export function flamegraphs(folder: string, binary?: string): Check {
  return {
    id: 'flamegraphs',
    title: 'Flamegraphs',
    method: 'CPU time of all threads in each headline scenario, sampled by perf at 999 Hz.',
    seconds: { quick: 15, full: 60 },
    spawns: true,
    async measure({ quick, signal, onProgress }) {
      const [cpuSeconds, longestSeconds] = quick
        ? [CPU_SECONDS.quick, LONGEST_SECONDS.quick]
        : [CPU_SECONDS.full, LONGEST_SECONDS.full];
      const target = path.join(folder, 'flamegraphs');
      makeDirectory(target);
      const figures: Figure[] = [];
      const findings: Finding[] = [];
      for (const [index, scenario] of SCENARIO_NAMES.entries()) {
        const svg = await recordFlamegraph(scenario, { cpuSeconds, longestSeconds, signal, binary });
        await writeFile(path.join(target, `${scenario}.svg`), svg);
        const flamegraph = readFlamegraph(svg);
        const share = hashingShare(flamegraph);
        figures.push({
          name: `${scenario}: fraction inside the hashing kernel`,
          unit: '',
          samples: flamegraph.samples,
          values: { share },
        });
        findings.push({
          verdict: judge(THRESHOLDS.flamegraphSamples, flamegraph.samples),
          statement: `flamegraphs/${scenario}.svg has ${flamegraph.samples} samples`,
          advice: 'Run again without --quick, on an idle machine.',
          timed: true,
        });
        if (scenario === 'basic_mining') findings.push(hashingFinding(share));
        onProgress((index + 1) / SCENARIO_NAMES.length);
      }
      return { figures, findings };
    },
  };
}

function hashingFinding(share: number): Finding {
  const obstacle = perfObstacle();
  if (obstacle !== undefined) {
    return {
      verdict: 'warn',
      statement: `the flamegraphs show only JavaScript, because ${obstacle}`,
      advice: 'Install perf, allow it with "sysctl kernel.perf_event_paranoid=1", or run as root.',
    };
  }
  return {
    verdict: judge(THRESHOLDS.basicMiningHashing, share),
    statement: `basic_mining spends ${Math.round(100 * share)} % of its CPU time in the hashing kernel`,
    advice:
      'Look at the widest other frames of the flamegraph, which show where the rest of the time is spent.',
  };
}
