/** Output for a locale whose encoding is not UTF-8: only ASCII characters are written. */

/** ASCII forms of the other characters that the commands print. */
const ASCII_FORMS: Readonly<Record<string, string>> = {
  '…': '...',
  '·': '-',
  '–': '-',
  '±': '+/-',
  '→': '->',
  µ: 'u',
  '█': '#',
  '░': '.',
};

/** Text in ASCII. A character without an ASCII form, as in the name of a file, becomes `\uXXXX`. */
export function toAscii(text: string): string {
  return text.replaceAll(/\P{ASCII}/gu, (character) => ASCII_FORMS[character] ?? escaped(character));
}

/** JSON in ASCII: every other character becomes `\uXXXX`, so that the values stay the same. */
export function jsonToAscii(json: string): string {
  return json.replaceAll(/\P{ASCII}/gu, escaped);
}

/** Converts all text that is written to a stream from now on. */
export function convertOutput(stream: NodeJS.WriteStream, convert: (text: string) => string): void {
  const write: (...args: never[]) => boolean = stream.write.bind(stream);
  stream.write = (chunk: unknown, ...rest: never[]) =>
    write((typeof chunk === 'string' ? convert(chunk) : chunk) as never, ...rest);
}

function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}
