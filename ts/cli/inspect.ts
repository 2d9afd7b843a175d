import { Argument, Command } from 'commander';
import { mustBe } from 'qanto/internal';
import { smallInteger } from './flag-values.ts';
import { addNotes } from './help.ts';
import { addStoreOptions, SOURCE_NOTE, storeConfigOf } from './store-options.ts';

interface Flags {
  readonly count: string;
  readonly from?: string;
  readonly json?: true;
}

/** The things that can be shown, besides a block. */
export const VIEWS = ['info', 'tips', 'order', 'chain'] as const;

const MAX_COUNT = 10_000;
const HASH = /^[0-9a-f]{64}$/i;

/** `qanto inspect`: shows what a DAG contains. */
export function inspectCommand(): Command {
  const command = new Command('inspect')
    .description('show what the DAG of a data directory contains')
    .addArgument(
      new Argument('[what]', `what to show: ${VIEWS.join(', ')}, or the hash of a block`).default('info'),
    )
    .option('--count <number>', `number of blocks of the order or the chain to show, 1 to ${MAX_COUNT}`, '20')
    .option(
      '--from <where>',
      'the first block to show: a position of the order, or the hash of a block of the chain (default: the last blocks of the order, and the sink)',
    )
    .option('--json', 'print the result as one JSON object');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'info is a summary. tips are the blocks without children. order is the total order of the blocks, with their positions. ' +
        'chain is the selected chain, from the sink down. For a hash, the block is shown with its place in the DAG: its position in ' +
        'the order, and by which block it was merged as blue or red, with the rule that a red block breaks.',
      SOURCE_NOTE,
    ],
    [
      'qanto inspect --data-dir ./chain',
      'qanto inspect order --from 100 --count 5',
      'qanto inspect tips --json | jq -r .tips[0].hash',
    ],
  );
  command.action(async (what: string) => {
    const { count, from, json } = command.opts<Flags>();
    const query = queryOf(what, from, countOf(count));
    const config = await storeConfigOf(command);
    const { printQuery } = await import('./inspect-run.ts');
    await printQuery(config, query, json === true);
  });
  return command;
}

/** A method of the control socket, and its parameters. */
export interface Query {
  readonly method: 'dag.info' | 'dag.tips' | 'dag.order' | 'dag.chain' | 'dag.block';
  readonly params: Readonly<Record<string, unknown>>;
}

function queryOf(what: string, from: string | undefined, count: number): Query {
  if (from !== undefined && what !== 'order' && what !== 'chain') {
    throw mustBe('--from', from, 'absent, because only order and chain begin somewhere');
  }
  if (HASH.test(what)) return { method: 'dag.block', params: { hash: what.toLowerCase() } };
  switch (what) {
    case 'info':
      return { method: 'dag.info', params: {} };
    case 'tips':
      return { method: 'dag.tips', params: {} };
    case 'order':
      return {
        method: 'dag.order',
        params: { count, ...(from !== undefined && { from: smallInteger('--from', from) }) },
      };
    case 'chain':
      if (from !== undefined && !HASH.test(from)) throw mustBe('--from', from, 'a hash: 64 hex digits');
      return {
        method: 'dag.chain',
        params: { count, ...(from !== undefined && { from: from.toLowerCase() }) },
      };
    default:
      throw mustBe('what', what, `${VIEWS.join(', ')}, or a hash: 64 hex digits`);
  }
}

function countOf(text: string): number {
  const count = smallInteger('--count', text);
  if (count >= 1 && count <= MAX_COUNT) return count;
  throw mustBe('--count', text, `an integer from 1 to ${MAX_COUNT}`);
}
