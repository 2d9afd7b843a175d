/** Formats the help for the width of the terminal, including narrow ones. */
import { type Command, Help, type HelpConfiguration } from 'commander';
import { columnsOf } from './terminal.ts';

const DEFAULT_COLUMNS = 80;
/** If fewer columns are left beside a term, its description goes below it. */
const LEAST_COLUMNS = 30;
const INDENT = ' '.repeat(6);

export const helpStyle: HelpConfiguration = {
  minWidthToWrap: 20,
  formatItem(term, termWidth, description, helper) {
    const columns = helper.helpWidth ?? DEFAULT_COLUMNS;
    if (columns - termWidth >= LEAST_COLUMNS) {
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    }
    const below = helper.boxWrap(description, columns - INDENT.length).split('\n');
    return [`  ${term}`, ...below.map((line) => INDENT + line)].join('\n');
  },
};

export function helpColumns(): number {
  return columnsOf(process.stdout) ?? DEFAULT_COLUMNS;
}

/** Wraps text between words to this number of columns. A longer word gets a line of its own. */
export function wrapped(text: string, columns: number): string {
  return Object.assign(new Help(), { minWidthToWrap: 1 }).boxWrap(text, columns);
}

/** Adds paragraphs and examples below the flags of a command. Examples are not wrapped, so that they can be copied. */
export function addNotes(
  command: Command,
  paragraphs: readonly string[],
  examples: readonly string[],
): Command {
  return command.addHelpText('after', () => {
    const blocks = paragraphs.map((text) => `\n${wrapped(text, helpColumns())}\n`);
    const lines = examples.map((example) => `  $ ${example}`);
    return `${blocks.join('')}\nExamples:\n${lines.join('\n')}`;
  });
}
