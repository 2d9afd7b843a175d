/**
 * The process that is profiled. It runs its scenario once as a warm-up and sends `ready`. After the next message it repeats
 * the scenario until it has used the requested CPU time, or the maximum duration has passed.
 *   node child.js <scenario> <CPU seconds> <maximum seconds> [file for a CPU profile of JavaScript]
 */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Session } from 'node:inspector/promises';
import { SCENARIOS, type ScenarioName } from '../scenarios/index.ts';

const SAMPLE_MICROSECONDS = 1000;

async function main([name, cpuSeconds, longestSeconds, profileFile]: string[]): Promise<void> {
  const scenario = SCENARIOS[name as ScenarioName];
  await scenario();
  const go = once(process, 'message');
  process.send?.('ready');
  await go;
  const repeated = () => repeat(scenario, Number(cpuSeconds), Number(longestSeconds));
  await (profileFile === undefined ? repeated() : profiled(repeated, profileFile));
  process.disconnect();
}

async function repeat(scenario: () => Promise<void>, cpuSeconds: number, longestSeconds: number) {
  const before = process.cpuUsage();
  const startedAtMs = performance.now();
  for (;;) {
    await scenario();
    const { user, system } = process.cpuUsage(before);
    const elapsedSeconds = (performance.now() - startedAtMs) / 1000;
    if ((user + system) / 1e6 >= cpuSeconds || elapsedSeconds >= longestSeconds) return;
  }
}

async function profiled(work: () => Promise<void>, file: string): Promise<void> {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROSECONDS });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  await writeFile(file, JSON.stringify(profile));
}

void main(process.argv.slice(2));
