/** `qanto mine --connect`: hashes for a Stratum server. */

import { onceAborted, printable } from 'qanto/internal';
import { StratumClient, type StratumClientOptions, type StratumClientStatus } from 'qanto/stratum';
import { interruptible } from './interruptible.ts';
import { jsonLine, printAnswer, printLine } from './output.ts';
import { onOneLine, statusLine } from './status-line.ts';
import { counted, difficultyText, withPrefix } from './units.ts';

const STATUS_INTERVAL_MS = 1000;

export interface MineConnectOptions {
  /** Whether the status is printed as lines of JSON. */
  readonly json: boolean;
  /** Aborts when the reader of stdout has closed it. */
  readonly stdoutClosed: AbortSignal;
}

/** Mines for a server, and shows the status, until a signal arrives, stdout is closed, or the server refuses the user. */
export async function mineConnect(
  options: StratumClientOptions,
  { json, stdoutClosed }: MineConnectOptions,
): Promise<void> {
  const client = new StratumClient(options);
  const line = statusLine(process.stderr, process.env);
  const show = () => {
    if (json) printLine(process.stdout, jsonLine(client.status()));
    else line.show((columns) => onOneLine(statusText(client.status()), columns));
  };
  const note = (text: string) => {
    line.end();
    printLine(process.stderr, text);
  };
  client.on('message', (text) => note(`the server says: ${text}`));
  client.on('disconnected', (error, retryInMs) =>
    note(`${error.message} [${error.code}]; the next try is in ${Math.ceil(retryInMs / 1000)} s`),
  );
  client.on('state', (state) => {
    if (state === 'mining') note(`logged in to ${client.status().url} as ${printable(options.user)}`);
  });
  client.on('share', ({ outcome, reason, text }) => {
    if (outcome === 'rejected') note(`a share was rejected: ${reason}${text ? ` (${text})` : ''}`);
  });
  const timer = setInterval(show, STATUS_INTERVAL_MS);
  try {
    await interruptible(async (signal) => {
      const forget = [signal, stdoutClosed].map((end) => onceAborted(end, () => void client.stop()));
      try {
        await client.run();
      } finally {
        for (const stopListening of forget) stopListening();
      }
    });
  } finally {
    clearInterval(timer);
    line.end();
  }
  if (json) printLine(process.stdout, jsonLine(client.status()));
  else printAnswer(summaryOf(client.status()), false);
}

function statusText({ state, hashesPerSecond, shares, difficulty }: StratumClientStatus): string {
  const rate = hashesPerSecond === undefined ? '' : ` · ${withPrefix(hashesPerSecond, 'H/s')}`;
  const share = difficulty === undefined ? '' : ` · difficulty ${difficultyText(difficulty)}`;
  const { accepted, lost, stale, unanswered } = shares;
  const numbers = [
    `${accepted} accepted`,
    `${rejectedOf(shares)} rejected`,
    ...(stale > 0 ? [`${stale} stale`] : []),
    ...(lost > 0 ? [`${lost} lost`] : []),
    ...(unanswered > 0 ? [`${unanswered} unanswered`] : []),
  ];
  return `${state}${rate}${share} · shares: ${numbers.join(', ')}`;
}

function summaryOf({ url, hashes, shares, bestShare }: StratumClientStatus) {
  return {
    url,
    hashes: counted(hashes),
    accepted: shares.accepted,
    rejected: rejectedOf(shares),
    stale: shares.stale,
    lost: shares.lost,
    ...(bestShare !== undefined && { bestShare: difficultyText(bestShare) }),
  };
}

function rejectedOf({ rejected }: StratumClientStatus['shares']): number {
  return Object.values(rejected).reduce((sum, count) => sum + count, 0);
}
