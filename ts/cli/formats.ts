import { Argument, Command } from 'commander';
import type { Format } from './formats/format.ts';
import { FORMAT_NAMES, type FormatName } from './formats/names.ts';
import { addNotes, helpColumns, wrapped } from './help.ts';
import { jsonLine, printLine } from './output.ts';

const LABEL_COLUMNS = 16;
const LEAST_COLUMNS = 24;
const INDENT = ' '.repeat(LABEL_COLUMNS);

/** `qanto formats`: lists the formats of other projects that `solve` and `verify` know. */
export function formatsCommand(): Command {
  const command = new Command('formats')
    .description('list the formats of other projects that solve and verify know')
    .addArgument(new Argument('[name]', 'describe only this format').choices(FORMAT_NAMES))
    .option('--json', 'print the list as one JSON object');
  addNotes(
    command,
    [
      'For each format it prints what is hashed, what "qanto solve" and "qanto verify" take, and an example of both. A file, ' +
        'standard input or the argument itself may have the challenge and the answer, as JSON or, where it says so, as text. ' +
        '--set sets the fields that are named.',
    ],
    ['qanto formats', 'qanto formats hashcash', 'qanto formats --json'],
  );
  command.action(async (name: FormatName | undefined) => {
    // Imported here, because the other commands do not need it.
    const { FORMATS } = await import('./formats/table.ts');
    const names = name === undefined ? FORMAT_NAMES : [name];
    const described = names.map((each) => describedFormat(each, FORMATS[each]));
    const text = command.opts<{ json?: true }>().json
      ? jsonLine({ formats: described })
      : described.map(textOf).join('\n\n');
    printLine(process.stdout, text);
  });
  return command;
}

type Described = ReturnType<typeof describedFormat>;

function describedFormat(
  name: FormatName,
  { hashes, algorithms, challenge, conditions, answer, examples }: Format,
) {
  const example = (command: 'solve' | 'verify') =>
    ['qanto', command, '--format', name, ...examples[command]].map(quoted).join(' ');
  return {
    name,
    hashes,
    algorithms,
    solve: { takes: challenge.what, fields: Object.keys(challenge.fields), example: example('solve') },
    verify: {
      takes: answer.what,
      challenge: conditions.what,
      fields: Object.keys(conditions.fields),
      example: example('verify'),
    },
  };
}

function textOf({ name, hashes, solve, verify }: Described): string {
  const isSame = verify.challenge === solve.takes;
  return [
    `${name}: ${hashes}`,
    ...row('solve takes', `${solve.takes}. Fields: ${solve.fields.join(', ')}`),
    ...row('verify takes', verify.takes),
    ...row(
      '--challenge',
      isSame ? 'as for solve' : `${verify.challenge}. Fields: ${verify.fields.join(', ')}`,
    ),
    ...[solve, verify].map(({ example }) => `  $ ${example}`),
  ].join('\n');
}

/** A label, and a text beside it. */
function row(label: string, text: string): string[] {
  const lines = wrapped(text, Math.max(helpColumns() - LABEL_COLUMNS, LEAST_COLUMNS)).split('\n');
  return lines.map((line, index) => (index === 0 ? `  ${label}`.padEnd(LABEL_COLUMNS) : INDENT) + line);
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
}
