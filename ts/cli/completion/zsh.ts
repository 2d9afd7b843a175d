import type { Flag, Value, Words } from './words.ts';

/** The script for zsh. It is sourced after compinit, or installed as a file `_qanto` in a directory of `fpath`. */
export function zshScript({ flags, commands }: Words): string {
  const cases = commands.map(({ name, flags: own, argument }) =>
    argumentsCall(`            ${name}) _arguments`, [
      ...own.flatMap(flagSpecs),
      ...(argument ? [quoted(`1:${argument.kind}:${actionOf(argument)}`)] : []),
    ]),
  );
  const descriptions = commands.map(({ name, description }) => quoted(`${name}:${description}`));
  return `#compdef qanto
# zsh completion for qanto
_qanto() {
    local state
    local -a commands=(
        ${descriptions.join('\n        ')}
    )
${argumentsCall('    _arguments -C', [...flags.flatMap(flagSpecs), "'1: :->command'", "'*:: :->arguments'"])}
    case $state in
        command) _describe command commands ;;
        arguments) case $words[1] in
${cases.map((text) => `${text} ;;`).join('\n')}
        esac ;;
    esac
}
if [[ $funcstack[1] == _qanto ]]; then _qanto "$@"; else compdef _qanto qanto; fi
`;
}

function argumentsCall(start: string, specs: readonly string[]): string {
  return [start, ...specs.map((spec) => `                ${spec}`)].join(' \\\n');
}

/** Specs of _arguments: --flag=[description]:message:action. An optional value must follow "=". */
function flagSpecs({ long, short, description, value }: Flag): string[] {
  const text = `[${description.replaceAll(/[[\]:\\]/g, '\\$&')}]`;
  const taken = value ? `${value.optional ? ':' : ''}:${value.kind}:${actionOf(value)}` : '';
  const equals = value ? (value.optional ? '=-' : '=') : '';
  return [
    quoted(`${long}${equals}${text}${taken}`),
    ...(short ? [quoted(`${short}${value ? '+' : ''}${text}${taken}`)] : []),
  ];
}

function actionOf({ kind, choices }: Value): string {
  if (kind === 'choice') return `(${choices.join(' ')})`;
  return { file: '_files', directory: '_files -/', other: ' ' }[kind];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
