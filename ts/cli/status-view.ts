/** Formats the status of a node as a block, as a line and as JSON. */
import type { NodeStatus } from '../node/index.ts';
import type { Style } from './style.ts';
import { counted, difficultyText, duration, withPrefix } from './units.ts';

/** From this width on, the rows are in two columns. */
const WIDE_COLUMNS = 72;
const HASHES_PER_DIFFICULTY = 2 ** 32;

/** The status as a block of lines, none wider than the terminal. */
export function statusBlock(status: NodeStatus, columns: number, style: Style): string {
  const title = clip(`qanto ${status.network} · ${stateText(status)}`, columns, style);
  const rows = statusRows(status);
  const labelWidth = Math.max(...rows.map(([label]) => label.length));
  const cell = ([label, value]: Row, width: number) => {
    const text = clip(`  ${label.padEnd(labelWidth)}  ${value}`, width, style).padEnd(width);
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

/** The result of a run as one line. */
export function summaryLine({ blocks, miner, uptimeMs }: NodeStatus): string {
  const mined = miner.counts.mined;
  const rate = withPrefix((miner.hashes * 1000) / uptimeMs, 'H/s');
  return `stopped after ${duration(uptimeMs)}: ${counted(mined)} block${mined === 1 ? '' : 's'} mined at ${rate}; the DAG has ${counted(blocks)} blocks, all stored`;
}

type Row = readonly [label: string, value: string];

function statusRows(status: NodeStatus): Row[] {
  const { miner, difficulty, lastBlockAgeMs, clockOffsetMs } = status;
  const { counts, hashesPerSecond } = miner;
  const rows: Row[] = [
    ['blocks', `${counted(status.blocks)} (${counted(counts.mined)} mined)`],
    ['tips', counted(status.tips)],
    ['blue score', counted(status.blueScore)],
    [
      'difficulty',
      `${difficultyText(difficulty)} (${withPrefix(difficulty * HASHES_PER_DIFFICULTY, 'H')}/block)`,
    ],
    ['hash rate', hashesPerSecond === undefined ? 'measuring' : withPrefix(hashesPerSecond, 'H/s')],
    ['last block', lastBlockAgeMs === undefined ? 'none yet' : `${duration(lastBlockAgeMs)} ago`],
  ];
  if (clockOffsetMs !== 0) {
    rows.push(['clock', `${duration(Math.abs(clockOffsetMs))} ${clockOffsetMs > 0 ? 'behind' : 'ahead'}`]);
  }
  if (counts.timedOut + counts.failed > 0) {
    rows.push(['timed-out', counted(counts.timedOut)], ['failed', counted(counts.failed)]);
  }
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

/** Cuts text to the width, and marks its end with an ellipsis. */
function clip(text: string, width: number, { ellipsis }: Style): string {
  if (text.length <= width) return text;
  return (text.slice(0, Math.max(width - ellipsis.length, 0)) + ellipsis).slice(0, width);
}
