/** Records a flamegraph of a scenario in a process of its own: by perf, or where that cannot be, JavaScript only. */

import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { BINARY_VARIABLE } from 'qanto/internal';
import { checkoutRoot } from '../checkout.ts';
import type { ScenarioName } from '../scenarios/index.ts';
import { foldProfile, withoutMachinePaths } from './stacks.ts';
import { inferno, perfObstacle } from './tools.ts';

const CHILD = path.join(__dirname, 'child.js');
/** Not a round number, so that nothing that happens every so many ms is in step with it. */
const SAMPLES_PER_SECOND = 999;
/** Frames narrower than this percentage of the picture are left out: nobody can see them. */
const NARROWEST_FRAME_PERCENT = '0.05';

export interface RecordOptions {
  /** CPU time to sample, of all threads together. */
  readonly cpuSeconds: number;
  /** Ends the recording where so much CPU time does not come together. */
  readonly longestSeconds: number;
  readonly signal: AbortSignal;
  /** An addon built for profiling, with frame pointers and all symbols. Default: the one that is installed. */
  readonly binary?: string | undefined;
}

/** Resolves to the SVG. Throws `ERR_QANTO_UNSUPPORTED` where it cannot be drawn. */
export async function recordFlamegraph(scenario: ScenarioName, options: RecordOptions): Promise<string> {
  const obstacle = perfObstacle();
  const folder = await mkdtemp(path.join(tmpdir(), 'qanto-flamegraph-'));
  try {
    const folded = await (obstacle === undefined ? byPerf : bySampler)(scenario, folder, options);
    return await draw(withoutMachinePaths(folded, checkoutRoot()), scenario, obstacle);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function byPerf(scenario: ScenarioName, folder: string, options: RecordOptions): Promise<string> {
  const data = path.join(folder, 'perf.data');
  const child = startChild(scenario, folder, options, [
    '--perf-basic-prof',
    '--interpreted-frames-native-stack',
  ]);
  try {
    await message(child);
    // Recording is off until it is told to begin, so what happens while perf attaches is not in the picture.
    const perf = spawn(
      'perf',
      [
        ...[
          'record',
          '--pid',
          String(child.pid),
          '--event',
          'cpu-clock',
          '--freq',
          String(SAMPLES_PER_SECOND),
        ],
        ...['--call-graph', 'fp', '--delay=-1', '--control', 'fd:3,4', '--output', data],
      ],
      { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'], signal: options.signal },
    );
    const recorded = once(perf, 'close');
    // Heard of below, unless the scenario fails first.
    recorded.catch(() => {});
    (perf.stdio[3] as Writable).write('enable\n');
    await Promise.race([once(perf.stdio[4] as Readable, 'data'), recorded]);
    child.send('go');
    await ended(child);
    await recorded;
    const script = spawn(
      'perf',
      ['script', '--input', data, '--fields', 'comm,pid,tid,time,event,ip,sym,dso'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    return await through(inferno('inferno-collapse-perf'), ['--quiet', '--kernel'], script.stdout);
  } finally {
    child.kill('SIGKILL');
    await rm(`/tmp/perf-${child.pid}.map`, { force: true });
  }
}

async function bySampler(scenario: ScenarioName, folder: string, options: RecordOptions): Promise<string> {
  const file = path.join(folder, 'profile.json');
  const child = startChild(scenario, folder, options, [], file);
  try {
    await message(child);
    child.send('go');
    await ended(child);
    return foldProfile(JSON.parse(await readFile(file, 'utf8')));
  } finally {
    child.kill('SIGKILL');
  }
}

async function draw(folded: string, scenario: ScenarioName, obstacle: string | undefined): Promise<string> {
  const subtitle = obstacle
    ? `JavaScript only, by V8's sampler: ${obstacle}. The hashing threads are not shown.`
    : `JavaScript, Rust, Node and Linux, by perf at ${SAMPLES_PER_SECOND} Hz of CPU time; Node ${process.version}`;
  const args = ['--title', `qanto: ${scenario}`, '--subtitle', subtitle, '--colors', 'js', '--deterministic'];
  return through(inferno('inferno-flamegraph'), [...args, '--minwidth', NARROWEST_FRAME_PERCENT], [folded]);
}

function startChild(
  scenario: ScenarioName,
  // V8 leaves a log where it runs.
  cwd: string,
  { cpuSeconds, longestSeconds, signal, binary }: RecordOptions,
  execArgv: string[],
  ...rest: string[]
): ChildProcess {
  return fork(CHILD, [scenario, String(cpuSeconds), String(longestSeconds), ...rest], {
    cwd,
    execArgv,
    env: { ...process.env, ...(binary !== undefined && { [BINARY_VARIABLE]: binary }) },
    signal,
  });
}

/** The child's next message; rejects if it ends instead. */
async function message(child: ChildProcess): Promise<void> {
  const [what] = await Promise.race([once(child, 'message'), once(child, 'close')]);
  if (what !== 'ready') throw new Error(`the scenario ended with exit code ${what}`);
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the scenario ended with exit code ${code}`);
}

/** What a program answers to this input. */
async function through(program: string, args: string[], input: Readable | string[]): Promise<string> {
  const { stdin, stdout } = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const [answer] = await Promise.all([text(stdout), pipeline(input, stdin)]);
  return answer;
}
