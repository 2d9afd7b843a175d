import type { ClockState, QantoDag } from 'qanto/dag';
import type { Logger } from 'qanto/telemetry';

const MESSAGES: { readonly [State in ClockState]: readonly [level: 'info' | 'warn', message: string] } = {
  agrees: ['info', 'the clock agrees with the DAG again'],
  ahead: [
    'warn',
    'the clock was set forward, but the recent blocks do not confirm the new time; the DAG does not use it until they do, or until ten minutes have passed',
  ],
  confirmed: ['info', 'the recent blocks confirm that the clock was set forward'],
  accepted: [
    'warn',
    'the clock has been ahead of the recent blocks for ten minutes; the DAG now uses it, although they do not confirm it',
  ],
  behind: ['warn', 'the clock is behind the recent blocks; check the clock of the machine'],
  'day-ahead': [
    'warn',
    'the clock is more than a day ahead of the last block; check the clock of the machine if blocks were mined since',
  ],
};

/**
 * Logs each change in how the DAG uses the clock, with the time of the clock, the time that the DAG uses, the difference,
 * and the timestamp of the last block.
 */
export function logClock(dag: QantoDag, logger: Logger): void {
  dag.on('clock-changed', ({ state, wallMs, usedMs, sinkTimestampMs }) => {
    const [level, message] = MESSAGES[state];
    logger[level](message, {
      clock: showTime(wallMs),
      used: showTime(usedMs),
      lastBlock: showTime(sinkTimestampMs),
      offsetSeconds: (usedMs - wallMs) / 1000,
    });
  });
}

function showTime(ms: number): string {
  return new Date(ms).toISOString();
}
