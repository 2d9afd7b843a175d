/** Records a flamegraph of a scenario in a child process, with perf or, where perf is unavailable, of JavaScript only. */

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
import { legibleFlamegraph } from './legible.ts';
import { foldProfile, withoutMachinePaths } from './stacks.ts';
import { inferno, perfObstacle } from './tools.ts';

const CHILD = path.join(__dirname, 'child.js');
/** Not a round number, so that the samples do not coincide with periodic work. */
const SAMPLES_PER_SECOND = 999;
/** Frames narrower than this percentage of the width are left out, since they would be invisible. */
const NARROWEST_FRAME_PERCENT = '0.05';

export interface RecordOptions {
  /** CPU time to sample, in seconds, summed over all threads. */
  readonly cpuSeconds: number;
  /** Maximum duration of the recording, in seconds of wall time. */
  readonly longestSeconds: number;
  readonly signal: AbortSignal;
  /** Path of an addon built for profiling, with frame pointers and all symbols. Default: the installed addon. */
  readonly binary?: string | undefined;
}

/** Resolves to the SVG. Rejects with `ERR_QANTO_UNSUPPORTED` if inferno is not installed. */
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
    // perf starts with recording disabled, so that the time in which it attaches is not recorded.
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
    // Awaited below. If the scenario fails first, the rejection must not be unhandled.
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
    ? `JavaScript only, sampled by V8, because ${obstacle}. The hashing threads are not shown.`
    : `JavaScript, Rust, Node and Linux, sampled by perf at ${SAMPLES_PER_SECOND} Hz of CPU time; Node ${process.version}`;
  const args = ['--title', `qanto: ${scenario}`, '--subtitle', subtitle, '--colors', 'js', '--deterministic'];
  const options = [...args, '--minwidth', NARROWEST_FRAME_PERCENT];
  return legibleFlamegraph(await through(inferno('inferno-flamegraph'), options, [folded]));
}

function startChild(
  scenario: ScenarioName,
  // V8 writes a log into the current directory.
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

/** Resolves when the child is ready. Rejects if it ends. */
async function message(child: ChildProcess): Promise<void> {
  const [what] = await Promise.race([once(child, 'message'), once(child, 'close')]);
  if (what !== 'ready') throw new Error(`the scenario ended with exit code ${what}`);
}

async function ended(child: ChildProcess): Promise<void> {
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`the scenario ended with exit code ${code}`);
}

/** Runs a program with this input; resolves to its output. */
async function through(program: string, args: string[], input: Readable | string[]): Promise<string> {
  const { stdin, stdout } = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const [answer] = await Promise.all([text(stdout), pipeline(input, stdin)]);
  return answer;
}
