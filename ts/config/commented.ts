import { type ConfigKey, configKeys } from './keys.ts';

const HEADER = `// Configuration of a qanto node, as JSON with comments.
// Each key is listed with its meaning, its valid values, its default, its
// environment variable and its flag. A key that is commented out shows its
// default, or an example if it has no default. To set a key, remove the // before
// it. Flags override variables, and variables override this file. "qanto config"
// prints the resulting configuration and the source of each value.
`;

/** A configuration file with every key and its documentation. Keys without a value in `values` are commented out. */
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

/** The names of the keys and sections directly inside a section. */
function membersOf(path: string): string[] {
  const prefix = path ? `${path}.` : '';
  const below = configKeys.filter(({ key }) => key.startsWith(prefix));
  return [...new Set(below.map(({ key }) => key.slice(prefix.length).split('.')[0]!))];
}

function leaf(name: string, key: ConfigKey, values: ReadonlyMap<string, unknown>, indent: string): string {
  const { description, expected, unset, default: byDefault, example, variable, flag } = key;
  const otherwise = `default: ${unset ?? JSON.stringify(byDefault)}`;
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
