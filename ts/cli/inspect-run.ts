import type { BlockLine, BlockReport, OrderSlice } from '../node/control/dag-queries.ts';
import { openSource, type StoreConfig } from '../node/control/source.ts';
import type { Query } from './inspect.ts';
import { interruptible, opened } from './interruptible.ts';
import { jsonLine, printLine, rowsOf } from './output.ts';

/** Asks the node or the store, and prints the answer. */
export async function printQuery(config: StoreConfig, query: Query, json: boolean): Promise<void> {
  await interruptible(async (signal) => {
    const source = await opened(openSource(config, 'dag'), signal);
    try {
      const result = await source.call(query.method, query.params, { signal });
      const text = json ? jsonLine(result) : textOf(query.method, result);
      if (text !== '') printLine(process.stdout, text);
    } finally {
      await source.close();
    }
  });
}

/** The text of an answer; empty if it has no blocks. */
function textOf(method: Query['method'], result: unknown): string {
  switch (method) {
    case 'dag.info':
      return rowsOf(result as Record<string, unknown>);
    case 'dag.block':
      return rowsOf(flat(result as BlockReport));
    case 'dag.tips':
      return (result as { tips: BlockLine[] }).tips.map(lineOf).join('\n');
    case 'dag.chain':
      return (result as { blocks: BlockLine[] }).blocks.map(lineOf).join('\n');
    case 'dag.order': {
      const { blocks } = result as OrderSlice;
      const width = String(blocks.at(-1)?.position ?? 0).length;
      return blocks.map((block) => `${String(block.position).padStart(width)}  ${lineOf(block)}`).join('\n');
    }
  }
}

function lineOf({ hash, blueScore, timestampMs }: BlockLine): string {
  return `${hash}  ${timeOf(timestampMs)}  blue score ${blueScore}`;
}

/** The fields of a block on one level, with readable times and bits. */
function flat({ consensus, order, contents, ...block }: BlockReport): Record<string, unknown> {
  return {
    ...block,
    timestampMs: `${block.timestampMs} (${timeOf(block.timestampMs)})`,
    bits: hex(block.bits),
    ...consensus,
    ...(consensus && (order ?? { position: 'none: it is not in the past of the next block' })),
    ...(contents === undefined
      ? { contents: 'pruned' }
      : { ...contents, version: hex(contents.version), nonce: hex(contents.nonce) }),
  };
}

function hex(value: number): string {
  return value.toString(16).padStart(8, '0');
}

function timeOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms` : date.toISOString();
}
