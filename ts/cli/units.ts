/** Formats numbers for people. */

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P', 'E'];

/** Three significant digits with a decimal prefix: `12.3 MH/s`. */
export function withPrefix(value: number, unit: string): string {
  const rank = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), PREFIXES.length - 1);
  const scaled = value / 1000 ** rank;
  // 999.9 would be rounded to 1000; it is 1.00 with the next prefix.
  if (scaled >= 999.5 && rank < PREFIXES.length - 1) return `1.00 ${PREFIXES[rank + 1]}${unit}`;
  const digits = rank === 0 && Number.isInteger(value) ? String(value) : scaled.toPrecision(3);
  return `${digits} ${PREFIXES[rank]}${unit}`.trimEnd();
}

/** An integer with thousands separators: `1,234,567`. */
export function counted(value: number): string {
  return value.toLocaleString('en-US');
}

/** A duration in at most two units: `0.4 s`, `12 s`, `3 min 05 s`, `2 h 07 min`, `4 d 03 h`. */
export function duration(ms: number): string {
  if (ms < 9950) return `${(Math.max(ms, 0) / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${twoDigits(seconds % 60)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
}

/** A difficulty with three significant digits. Difficulty 1 is 2^32 expected hashes; test networks are far below it. */
export function difficultyText(difficulty: number): string {
  return difficulty >= 1000 ? withPrefix(difficulty, '') : String(Number(difficulty.toPrecision(3)));
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
