/** A node's status as people and machines read it. */
import type { NodeStatus } from '../node/index.ts';
import type { Style } from './style.ts';
import { counted, difficultyText, duration, withPrefix } from './units.ts';

/** Columns from which the rows stand in two columns. */
const WIDE_COLUMNS = 72;
const HASHES_PER_DIFFICULTY = 2 ** 32;

/** The status as a block of lines, none wider than the terminal. */
export function statusBlock(status: NodeStatus, columns: number, style: Style): string {
  const title = clip(`qanto ${status.network} · ${stateText(status)}`, columns);
  const rows = statusRows(status);
  const labelWidth = Math.max(...rows.map(([label]) => label.length));
  const cell = ([label, value]: Row, width: number) => {
    const text = clip(`  ${label.padEnd(labelWidth)}  ${value}`, width).padEnd(width);
    return style.dim(text.slice(0, labelWidth + 2)) + text.slice(labelWidth + 2);
  };
  const lines = columns < WIDE_COLUMNS ? rows.map((row) => cell(row, columns)) : inPairs(rows, cell, columns);
  return [style.bold(title), ...lines.map((line) => line.trimEnd())].join('\n');
}

/** The status as one line of a log. */
export function statusLine(status: NodeStatus): string {
  const rows = statusRows(status).map(([label, value]) => `${label} ${value}`);
  return `${stateText(status)}: ${rows.join(', ')}`;
}

/** The status as one JSON object. */
export function statusJson(status: NodeStatus, type: 'status' | 'summary'): string {
  const { lastBlockAgeMs = null, uptimeMs, miner, ...dag } = status;
  const { hashesPerSecond = null } = miner;
  const roundedAge = lastBlockAgeMs === null ? null : Math.round(lastBlockAgeMs);
  return JSON.stringify({
    type,
    time: new Date().toISOString(),
    ...dag,
    lastBlockAgeMs: roundedAge,
    uptimeMs: Math.round(uptimeMs),
    miner: { ...miner, hashesPerSecond },
  });
}

/** What a run came to, as one line. */
export function summaryLine({ blocks, miner, uptimeMs }: NodeStatus): string {
  const mined = miner.counts.mined;
  const rate = withPrefix((miner.hashes * 1000) / uptimeMs, 'H/s');
  return `stopped after ${duration(uptimeMs)}: ${counted(mined)} block${mined === 1 ? '' : 's'} mined at ${rate}, ${counted(blocks)} in the DAG, all kept`;
}

type Row = readonly [label: string, value: string];

function statusRows(status: NodeStatus): Row[] {
  const { miner, difficulty, lastBlockAgeMs } = status;
  const { counts, hashesPerSecond } = miner;
  const rows: Row[] = [
    ['blocks', `${counted(status.blocks)} (${counted(counts.mined)} mined)`],
    ['tips', counted(status.tips)],
    ['blue score', counted(status.blueScore)],
    ['difficulty', `${difficultyText(difficulty)} (${withPrefix(difficulty * HASHES_PER_DIFFICULTY, 'H')})`],
    ['hash rate', hashesPerSecond === undefined ? 'measuring' : withPrefix(hashesPerSecond, 'H/s')],
    ['last block', lastBlockAgeMs === undefined ? 'none yet' : `${duration(lastBlockAgeMs)} ago`],
  ];
  const troubles = counts.timedOut + counts.failed;
  if (troubles > 0) rows.push(['timed out', counted(counts.timedOut)], ['failed', counted(counts.failed)]);
  return rows;
}

function stateText({ miner, uptimeMs }: NodeStatus): string {
  return `${miner.state}, up ${duration(uptimeMs)}`;
}

function inPairs(rows: readonly Row[], cell: (row: Row, width: number) => string, columns: number): string[] {
  const width = Math.min(Math.floor(columns / 2), 48);
  const lines: string[] = [];
  for (let n = 0; n < rows.length; n += 2) {
    lines.push(
      rows
        .slice(n, n + 2)
        .map((row) => cell(row, width))
        .join(''),
    );
  }
  return lines;
}

/** Cut to the width, with a sign that it was. */
function clip(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(width - 1, 0))}…`;
}
