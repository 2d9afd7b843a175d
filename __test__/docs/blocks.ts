/** Finds the programs and commands in the documents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../package/install.ts';

export const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  ...[
    'control',
    'embedding',
    'formats',
    'gate',
    'metrics',
    'operating',
    'protocol',
    'rpc',
    'security',
    'stratum',
    'telemetry',
    'templates',
    'view',
  ].map((name) => `docs/${name}.md`),
  'flamegraphs/README.md',
  'npm/qanto-node/README.md',
];

export interface Block {
  readonly line: number;
  /** The language after the opening fence: `sh`, `js`, `text`, `ini`, or empty. */
  readonly language: string;
  readonly text: string;
}

const FENCED = /^```(\w*)\n([\s\S]*?)^```$/gm;
/** Commands in the running text, with their arguments. */
const INLINE =
  /`((?:[A-Z_]+=\S+ )*(?:(?:npm|npx|cargo|node|qanto|prometheus|promtool|curl|cp) [^`]+|\.ci\/run))`/g;

const read = (document: string) => readFileSync(join(ROOT, document), 'utf8');

export function fencedBlocks(document: string): Block[] {
  const markdown = read(document);
  return [...markdown.matchAll(FENCED)].map(({ index, 1: language, 2: text }) => ({
    line: markdown.slice(0, index).split('\n').length,
    language: language!,
    text: text!,
  }));
}

/** The commands of a shell block, one for each line, without comments. */
export function commandsIn({ text }: Block): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/(^|\s+)#.*$/, '').trim())
    .filter((line) => line !== '');
}

export function inlineCommands(document: string): string[] {
  const commands = [...read(document).replaceAll(FENCED, '').matchAll(INLINE)];
  return [...new Set(commands.map(([, command]) => command!))];
}
