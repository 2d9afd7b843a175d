/** Runs bench/timestamps.mjs, which simulates the difficulty adjustment on the engine that was built. */
import { execFileSync } from 'node:child_process';
import type { NetworkParams } from '../../ts/dag/index.ts';

type Windows = Pick<NetworkParams, 'difficultyWindow' | 'maxTimeAheadMs'>;

/** The rows of the report for these parameters. */
export function simulate<Row>({ difficultyWindow, maxTimeAheadMs }: Windows, ...options: string[]): Row[] {
  const set = `${difficultyWindow}/${maxTimeAheadMs}`;
  const command = ['bench/timestamps.mjs', '--json', '--sets', set, ...options];
  return JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' })).rows;
}
