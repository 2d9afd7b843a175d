import type { ClockState, QantoDag } from 'qanto/dag';
import type { Logger } from 'qanto/telemetry';

const MESSAGES: { readonly [State in ClockState]: readonly [level: 'info' | 'warn', message: string] } = {
  agrees: ['info', 'the clock agrees with the DAG again'],
  ahead: [
    'warn',
    'the clock was set forward, which the recent blocks do not confirm; the DAG continues the time before until they do, for at most ten minutes',
  ],
  confirmed: ['info', 'the recent blocks confirm that the clock was set forward'],
  believed: ['warn', 'the clock has been ahead of the recent blocks for ten minutes, and is now believed'],
  behind: ['warn', 'the clock is behind the recent blocks; check the clock of the machine'],
  'day-ahead': [
    'warn',
    'the clock is more than a day ahead of the last block; check the clock of the machine, unless no block was mined for so long',
  ],
};

/** Logs each change in how the DAG uses the clock, with the clock's time, the time that is used, and their difference. */
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
