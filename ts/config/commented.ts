import { type ConfigKey, configKeys } from './keys.ts';

const HEADER = `// Configuration of a qanto node: JSON, in which comments may stand.
// Every key there is stands here with what it means, what it may be, its default,
// its environment variable and its flag. A key that is commented out has its
// default, or, where there is none, stands with an example: take the // away to
// set it. Flags override variables, and variables this file. "qanto config" prints
// what is in force, and where each value comes from.
`;

/** A configuration file with every key and its explanation; those not among `values` (by dotted key) are commented out. */
export function commentedConfig(values: ReadonlyMap<string, unknown>): string {
  return `${HEADER}${section('', values, '')}\n`;
}

function section(path: string, values: ReadonlyMap<string, unknown>, indent: string): string {
  const inner = `${indent}  `;
  const parts = membersOf(path).map((name) => {
    const memberPath = path ? `${path}.${name}` : name;
    const key = configKeys.find((candidate) => candidate.key === memberPath);
    if (key) return leaf(name, key, values, inner);
    return `${inner}"${name}": ${section(memberPath, values, inner)},`;
  });
  return `{\n${parts.join('\n\n')}\n${indent}}`;
}

/** The names of the keys and sections that stand directly in a section. */
function membersOf(path: string): string[] {
  const prefix = path ? `${path}.` : '';
  const below = configKeys.filter(({ key }) => key.startsWith(prefix));
  return [...new Set(below.map(({ key }) => key.slice(prefix.length).split('.')[0]!))];
}

function leaf(name: string, key: ConfigKey, values: ReadonlyMap<string, unknown>, indent: string): string {
  const { description, expected, unset, default: byDefault, example, variable, flag } = key;
  const otherwise = unset === undefined ? `default ${JSON.stringify(byDefault)}` : `when not set: ${unset}`;
  const isSet = values.has(key.key);
  const value = isSet ? values.get(key.key) : (byDefault ?? example);
  return [
    `// ${description}`,
    `// ${expected}; ${otherwise}`,
    `// ${variable}, ${flag}`,
    `${isSet ? '' : '// '}"${name}": ${JSON.stringify(value)},`,
  ]
    .map((line) => indent + line)
    .join('\n');
}
