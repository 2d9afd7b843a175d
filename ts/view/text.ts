/** Numbers, times and foreign text for people. */

/** Characters without a shape of their own: control, format and bidirectional characters, separators of lines, and the like. */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{DI}]/gu;

/** Foreign text in which everything invisible is written as `\u{...}`, so that it can neither hide nor reorder anything. */
export function visible(text: string): string {
  return text.replace(INVISIBLE, (character) => {
    const code = character.codePointAt(0)!;
    return code === 0x0a ? '⏎\n' : `\\u{${code.toString(16)}}`;
  });
}

/** The bytes that hex digits stand for, as text. Undefined if they are not UTF-8. */
export function textOf(hex: string): string | undefined {
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function counted(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three digits, with the prefix of the unit. */
export function withPrefix(value: number, unit: string): string {
  const step = value < 1 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), PREFIXES.length - 1);
  const scaled = value / 1000 ** step;
  const digits = scaled >= 100 || Number.isInteger(scaled) ? 0 : scaled >= 10 ? 1 : 2;
  return `${scaled.toFixed(digits)} ${PREFIXES[step]}${unit}`;
}

export function duration(ms: number): string {
  const size = Math.abs(ms);
  const sign = ms < 0 ? '−' : '';
  if (size < 1) return `${sign}${size.toFixed(2)} ms`;
  if (size < 1000) return `${sign}${size.toFixed(size < 10 ? 1 : 0)} ms`;
  if (size < 60_000) return `${sign}${(size / 1000).toFixed(size < 10_000 ? 1 : 0)} s`;
  if (size < 3_600_000)
    return `${sign}${Math.floor(size / 60_000)} min ${Math.round((size % 60_000) / 1000)} s`;
  return `${sign}${Math.floor(size / 3_600_000)} h ${Math.round((size % 3_600_000) / 60_000)} min`;
}

export function clock(timeMs: number): string {
  return new Date(timeMs).toLocaleTimeString('en-GB');
}

/** The beginning and the end of a hash. Hashes begin with zeros or not, so the end tells blocks apart. */
export function shortHash(hash: string): string {
  return `${hash.slice(0, 6)}…${hash.slice(-6)}`;
}
