import type { Check, Figure, Finding } from '../check.ts';
import { middle } from '../figures.ts';
import { SCENARIO_NAMES, SCENARIOS } from '../scenarios/index.ts';
import { median } from '../statistics.ts';

const ROUNDS = { quick: 2, full: 15 };

export const scenarios: Check = {
  id: 'scenarios',
  title: 'Headline scenarios',
  method: 'Wall time of the three headline scenarios, run in turn. Each scenario checks its own outcome.',
  seconds: { quick: 4, full: 30 },
  async measure({ quick, signal, onProgress }) {
    const rounds = quick ? ROUNDS.quick : ROUNDS.full;
    const times = new Map(SCENARIO_NAMES.map((name) => [name, [] as number[]]));
    const failures = new Map<string, string>();
    for (let round = 0; round < rounds && !signal.aborted; round++) {
      for (const [index, name] of SCENARIO_NAMES.entries()) {
        const startedAtMs = performance.now();
        await SCENARIOS[name]().catch((error: Error) => failures.set(name, error.message));
        times.get(name)!.push(performance.now() - startedAtMs);
        onProgress((round + (index + 1) / SCENARIO_NAMES.length) / rounds);
      }
    }
    const figures: Figure[] = [];
    const findings: Finding[] = [];
    for (const [name, durations] of times) {
      figures.push(middle(name, 'ms', durations));
      const failure = failures.get(name);
      findings.push(
        failure === undefined
          ? {
              verdict: 'good',
              statement: `${name}: the outcome is correct after ${median(durations).toFixed(0)} ms`,
            }
          : { verdict: 'fail', statement: `${name}: ${failure}`, advice: 'This is a bug. Please report it.' },
      );
    }
    return { figures, findings };
  },
};
