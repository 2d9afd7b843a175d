import type { Flag, Value, Words } from './words.ts';

/** The script for bash 3.2, which is what macOS has, or newer. It does not need bash-completion. */
export function bashScript({ flags, commands }: Words): string {
  const flagCases = [{ name: "''", flags }, ...commands].map(
    (command) => `${command.name}) flags='${command.flags.flatMap(namesOf).join(' ')}' ;;`,
  );
  return `# bash completion for qanto
_qanto() {
    local command= flags= words= kind= word IFS=$' \\t\\n'
    local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
    # Bash splits --flag=value into three words.
    case = in
        "$current") current= ;;
        "$previous") previous=\${COMP_WORDS[COMP_CWORD-2]} ;;
    esac
    for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        case $word in
            ${commands.map(({ name }) => name).join('|')}) command=$word; break ;;
        esac
    done
    case $command in
        ${flagCases.join('\n        ')}
    esac
    if [[ $current == -* ]]; then
        words=$flags
    else
        case $command:$previous in
            ${valueCases(commands).join('\n            ')}
            *) words=$flags ;;
        esac
    fi
    IFS=$'\\n'
    case $kind in
        file) COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames 2>/dev/null ;;
        directory) COMPREPLY=($(compgen -d -- "$current")); compopt -o filenames 2>/dev/null ;;
        *) COMPREPLY=($(IFS=' '; compgen -W "$words" -- "$current")) ;;
    esac
}
complete -F _qanto qanto
`;
}

/** The cases for the values of flags, followed by those for arguments, which match after any other word. */
function valueCases(commands: Words['commands']): string[] {
  const behindFlags = commands.flatMap(({ name, flags }) =>
    flags.flatMap((flag) =>
      flag.value ? namesOf(flag).map((long) => [`${name}:${long}`, flag.value!] as const) : [],
    ),
  );
  const asArguments = commands.flatMap(({ name, argument }) =>
    argument ? [[`${name}:*`, argument] as const] : [],
  );
  const names: Value = { kind: 'choice', choices: commands.map(({ name }) => name), optional: false };
  return [...casesOf(behindFlags), ...casesOf([...asArguments, [':*', names]])];
}

/** Merges places with the same values into one case. */
function casesOf(places: readonly (readonly [pattern: string, value: Value])[]): string[] {
  const patterns = new Map<string, string[]>();
  for (const [pattern, value] of places) {
    const action = actionOf(value);
    patterns.set(action, [...(patterns.get(action) ?? []), pattern]);
  }
  return [...patterns].map(([action, same]) => `${same.join('|')}) ${action};;`);
}

function actionOf({ kind, choices }: Value): string {
  if (kind === 'choice') return `words='${choices.join(' ')}' `;
  return kind === 'other' ? '' : `kind=${kind} `;
}

function namesOf({ long, short }: Flag): string[] {
  return short === undefined ? [long] : [short, long];
}
