/** Properties of an output stream that may be a terminal. */

type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors'>;

/**
 * The number of columns of the terminal, otherwise the variable `COLUMNS`, otherwise undefined. A terminal whose size was
 * never set reports 0 columns, which counts as unknown.
 */
export function columnsOf(
  { columns }: Pick<Output, 'columns'>,
  variables: NodeJS.ProcessEnv = process.env,
): number | undefined {
  return columns || Number.parseInt(variables['COLUMNS'] ?? '', 10) || undefined;
}

/** Whether the output can be redrawn: the stream is a terminal that can move its cursor and knows its size. */
export function canRedraw(
  { isTTY, columns }: Pick<Output, 'isTTY' | 'columns'>,
  variables: NodeJS.ProcessEnv = process.env,
): boolean {
  return isTTY && columns > 0 && variables['TERM'] !== 'dumb';
}

/**
 * Whether to use text attributes: always with `FORCE_COLOR` (force-color.org; 0 and false disable them), never with
 * `NO_COLOR` (no-color.org), otherwise on a terminal that supports them. `FORCE_COLOR` overrides `NO_COLOR`, as in Node.
 */
export function wantsColor(stream: Output, variables: NodeJS.ProcessEnv = process.env): boolean {
  const forced = variables['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  if (variables['NO_COLOR']) return false;
  return stream.isTTY && stream.hasColors(variables);
}

/**
 * Whether the locale's encoding is UTF-8. As POSIX defines it, `LC_ALL` overrides `LC_CTYPE`, which overrides `LANG`. If none of
 * them is set, as in most containers, UTF-8 is assumed; a locale without an encoding, such as `C`, is not UTF-8.
 */
export function isUtf8(variables: NodeJS.ProcessEnv = process.env): boolean {
  const locale = variables['LC_ALL'] || variables['LC_CTYPE'] || variables['LANG'];
  return !locale || /utf-?8/i.test(locale);
}
