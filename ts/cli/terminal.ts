/** What can be done with a stream that may be a terminal. */

type Output = Pick<NodeJS.WriteStream, 'isTTY' | 'columns' | 'hasColors'>;

/**
 * How many columns there are: of the terminal, else by the variable `COLUMNS`, else undefined. A terminal that was
 * never told its size says 0, which means that nobody knows.
 */
export function columnsOf(
  { columns }: Pick<Output, 'columns'>,
  variables: NodeJS.ProcessEnv = process.env,
): number | undefined {
  return columns || Number.parseInt(variables['COLUMNS'] ?? '', 10) || undefined;
}

/** Whether what is written can be drawn over: on a terminal that moves its cursor and knows its size. */
export function canRedraw(
  { isTTY, columns }: Pick<Output, 'isTTY' | 'columns'>,
  variables: NodeJS.ProcessEnv = process.env,
): boolean {
  return isTTY && columns > 0 && variables['TERM'] !== 'dumb';
}

/**
 * Whether to use text attributes: always with `FORCE_COLOR` (force-color.org; 0 and false forbid them), never with
 * `NO_COLOR` (no-color.org), else on a terminal that has them. Of both, the former wins, as Node has it and warns.
 */
export function wantsColor(stream: Output, variables: NodeJS.ProcessEnv = process.env): boolean {
  const forced = variables['FORCE_COLOR'];
  if (forced) return forced !== '0' && forced !== 'false';
  if (variables['NO_COLOR']) return false;
  return stream.isTTY && stream.hasColors(variables);
}
