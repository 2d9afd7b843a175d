/** How help looks: as wide as the terminal, also where that is narrow. */
import { type Command, Help, type HelpConfiguration } from 'commander';
import { columnsOf } from './terminal.ts';

const USUAL_COLUMNS = 80;
/** With less room beside its term, a description goes below it. */
const LEAST_COLUMNS = 30;
const INDENT = ' '.repeat(6);

export const helpStyle: HelpConfiguration = {
  minWidthToWrap: 20,
  formatItem(term, termWidth, description, helper) {
    const columns = helper.helpWidth ?? USUAL_COLUMNS;
    if (columns - termWidth >= LEAST_COLUMNS) {
      return Help.prototype.formatItem.call(helper, term, termWidth, description, helper);
    }
    const below = helper.boxWrap(description, columns - INDENT.length).split('\n');
    return [`  ${term}`, ...below.map((line) => INDENT + line)].join('\n');
  },
};

export function helpColumns(): number {
  return columnsOf(process.stdout) ?? USUAL_COLUMNS;
}

/** Text in lines no longer than so many columns, as far as its words allow. */
export function wrapped(text: string, columns: number): string {
  return Object.assign(new Help(), { minWidthToWrap: 1 }).boxWrap(text, columns);
}

/** Adds paragraphs, which are wrapped, and examples, which stay as they are to be copied, below a command's flags. */
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
