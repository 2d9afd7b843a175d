/** Reads and writes the parameters of `WWW-Authenticate` and `Authorization` (RFC 9110, section 11). */

/** A scheme with its parameters, by their names in lowercase. */
export interface AuthScheme {
  /** The scheme in lowercase. */
  readonly scheme: string;
  readonly params: ReadonlyMap<string, string>;
}

const SCHEME_AND_REST = /^([A-Za-z][A-Za-z0-9-]*)(?: +(\S.*))?$/;
const PARAM = /^([A-Za-z][A-Za-z0-9_-]*)=(.*)$/;

/**
 * Returns the schemes of a header with their parameters, which may be quoted. ALTCHA's own documentation does not quote the
 * salt, so a value without quotes may have all characters but commas and quotes. Returns undefined if the header is not a
 * list of them, or if a name occurs twice.
 */
export function readAuthSchemes(header: string): AuthScheme[] | undefined {
  const schemes: { scheme: string; params: Map<string, string> }[] = [];
  const items = itemsOf(header);
  if (items === undefined) return undefined;
  for (const item of items) {
    let param = item;
    // A parameter has an equals sign before the first blank, and a scheme has not.
    if (!/^[^ ="]+=/.test(item)) {
      const [, scheme, rest = ''] = SCHEME_AND_REST.exec(item) ?? [];
      if (scheme === undefined) return undefined;
      schemes.push({ scheme: scheme.toLowerCase(), params: new Map() });
      if (rest === '') continue;
      param = rest;
    }
    const [, name, given = ''] = PARAM.exec(param) ?? [];
    const value = unquoted(given);
    const params = schemes.at(-1)?.params;
    if (name === undefined || value === undefined || params === undefined || params.has(name.toLowerCase())) {
      return undefined;
    }
    params.set(name.toLowerCase(), value);
  }
  return schemes;
}

/** Returns the text of a scheme with its parameters. No value contains a quote or a backslash. */
export function writeAuthScheme(scheme: string, params: Readonly<Record<string, string | number>>): string {
  const list = Object.entries(params).map(([name, value]) => `${name}="${value}"`);
  return `${scheme} ${list.join(', ')}`;
}

/** Splits a list at the commas outside of quotes. Returns undefined if a quote is not closed. */
function itemsOf(header: string): string[] | undefined {
  const items: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let at = 0; at <= header.length; at++) {
    const character = header[at];
    if (isQuoted && character === '\\') at++;
    else if (character === '"') isQuoted = !isQuoted;
    else if (at === header.length || (character === ',' && !isQuoted)) {
      const item = header.slice(start, at).trim();
      if (item !== '') items.push(item);
      start = at + 1;
    }
  }
  return isQuoted ? undefined : items;
}

function unquoted(value: string): string | undefined {
  if (!value.startsWith('"')) return value === '' || /["\s]/.test(value) ? undefined : value;
  if (value.length < 2 || !value.endsWith('"')) return undefined;
  return value.slice(1, -1).replace(/\\(.)/g, '$1');
}
