import type { Value, Words } from './words.ts';

/** The script for fish. */
export function fishScript({ flags, commands }: Words): string {
  const names = commands.map(({ name }) => name).join(' ');
  const first = `not __fish_seen_subcommand_from ${names}`;
  const lines = [
    ...flags.map((flag) => complete(first, flagWords(flag), flag.description)),
    ...commands.map(({ name, description }) => complete(first, ['-a', name], description)),
    ...commands.flatMap(({ name, flags: own, argument }) => {
      const seen = `__fish_seen_subcommand_from ${name}`;
      return [
        ...own.map((flag) => complete(seen, flagWords(flag), flag.description)),
        ...(argument ? [complete(seen, valueWords(argument), '')] : []),
      ];
    }),
  ];
  return `# fish completion for qanto\ncomplete -c qanto -f\n${lines.join('\n')}\n`;
}

function complete(condition: string, words: readonly string[], description: string): string {
  const described = description ? ['-d', quoted(description)] : [];
  return ['complete -c qanto -n', quoted(condition), ...words, ...described].join(' ');
}

function flagWords({ long, short, value }: Words['flags'][number]): string[] {
  return [
    ...(short ? ['-s', short.slice(1)] : []),
    '-l',
    long.slice(2),
    // An optional value follows "=" only, so that -r (require a value) is left out.
    ...(value ? [...(value.optional ? [] : ['-r']), ...valueWords(value)] : []),
  ];
}

function valueWords({ kind, choices }: Value): string[] {
  if (kind === 'choice') return ['-f', '-a', quoted(choices.join(' '))];
  return { file: ['-F'], directory: ['-f', '-a', quoted('(__fish_complete_directories)')], other: ['-f'] }[
    kind
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
