/**
 * Makes text from outside safe for a terminal and for a log. Names of files and keys may contain escape sequences, which move
 * the cursor or change the title of a terminal, line breaks, which forge lines, and marks that reorder or hide other characters.
 */

/**
 * Control characters (C0, DEL and C1), lone surrogates, line and paragraph separators, and format characters, such as the
 * bidirectional marks. The two joiners are format characters, too. They are left out, because words in several scripts, and
 * many emoji, are written with them.
 */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]|(?![\u200c\u200d])\p{Cf}/gu;
/** Most text consists of these characters only, and is not searched any further. */
const OTHER_THAN_ASCII = /[^\x20-\x7e]/;
const NAMED_ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The maximum length of a name in a message: names may come from parsed input of any size. */
const MAX_NAME = 64;

/**
 * Text as one line. A character that is not safe to print becomes `\n`, `\r`, `\t` or `\uXXXX`. These are escapes of JSON, so
 * that a JSON string stays one with the same value.
 */
export function printable(text: string): string {
  return OTHER_THAN_ASCII.test(text) ? text.replaceAll(UNSAFE, escaped) : text;
}

/** Text that may have several lines: as {@link printable}, but line breaks are kept. This suits every JSON document, too. */
export function printableLines(text: string): string {
  return OTHER_THAN_ASCII.test(text)
    ? text.replaceAll(UNSAFE, (character) => (character === '\n' ? character : escaped(character)))
    : text;
}

/** A name from outside for a message: printable, and shortened if it is long. */
export function shownName(name: string): string {
  return printable(name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}...` : name);
}

function escaped(character: string): string {
  return (
    NAMED_ESCAPES[character] ??
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('')
  );
}
