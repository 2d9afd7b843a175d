const HASH = /\b[0-9a-f]{64}\b/g;
const INDENT = ' '.repeat(4);
/** Digits that are kept at each end of a shortened hash. */
const KEPT_DIGITS = 8;

/**
 * Breaks lines that are wider than the terminal between words, with further lines indented. A hash is never broken: a word
 * that does not fit on a line of its own has its hashes shortened to their first and last digits.
 */
export function fitted(text: string, columns: number, ellipsis: string): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length <= columns ? line : brokenLine(line, columns, ellipsis)))
    .join('\n');
}

function brokenLine(line: string, columns: number, ellipsis: string): string[] {
  const lines: string[] = [];
  let current = '';
  let isEmpty = true;
  for (const word of line.split(' ').map((whole) => fittingWord(whole, columns, ellipsis))) {
    if (!isEmpty && current.length + 1 + word.length > columns) {
      lines.push(current);
      current = INDENT + word;
    } else {
      current = isEmpty ? word : `${current} ${word}`;
    }
    isEmpty = false;
  }
  return [...lines, current];
}

function fittingWord(word: string, columns: number, ellipsis: string): string {
  if (INDENT.length + word.length <= columns) return word;
  return word.replaceAll(HASH, (hash) => hash.slice(0, KEPT_DIGITS) + ellipsis + hash.slice(-KEPT_DIGITS));
}
