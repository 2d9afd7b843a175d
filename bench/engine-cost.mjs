import { spawnSync } from 'node:child_process';

/** The cost of the engine compared with a bare loop, from `cargo bench -p qanto-pow --bench engine`, as rows of a table. */
export function engineCost(samples) {
  const { status, stdout } = spawnSync(
    'cargo',
    [
      'bench',
      '--quiet',
      '--locked',
      '-p',
      'qanto-pow',
      '--bench',
      'engine',
      '--',
      '--json',
      '--samples',
      `${samples}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'], encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`the benchmark of the engine ended with ${status}`);
  return JSON.parse(stdout).map(({ name, samples, engine, control }) => ({
    measure: `hash rate lost to the engine, ${name}`,
    value: `${percent(engine)} of ${samples}; control ${percent(control)}`,
    goal: 'at most 0.5 %',
  }));
}

function percent({ median, low, high }) {
  const [middle, from, to] = [median, low, high].map((part) => (100 * part).toFixed(2));
  return `${middle} % [${from}, ${to}]`;
}
