#!/usr/bin/env node
// Writes the table of all configuration keys into docs/operating.md, from the schema.   npm run docs:config
// `--check` writes nothing and fails if the table is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { toJSONSchema } from 'zod';
import { configKeys } from '../npm/qanto-node/dist/config/keys.js';
import { readSection, withSection } from './generated-section.mjs';

const FILE = 'docs/operating.md';
const SECTION = 'config reference';

const code = (text) => `\`${text}\``;

/** The type, unit and bounds of a key, from the schema. */
function typeOf({ key, schema }) {
  const { type, enum: values, pattern, minimum, maximum, minLength } = toJSONSchema(schema);
  if (type === 'array') return 'list of texts';
  if (values) return values.map(code).join(', ');
  if (pattern) return `text, ${code(pattern)}`;
  const unit = key.endsWith('Ms') ? ' (ms)' : '';
  // For an integer without bounds, zod gives the bounds of safe integers.
  const most = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const bounds =
    minimum === undefined
      ? ''
      : most === undefined
        ? `, at least ${minimum}`
        : `, ${minimum} to ${most.toLocaleString('en-US')}`;
  return `${type === 'string' ? 'text' : type}${unit}${minLength ? ', not empty' : ''}${bounds}`;
}

const row = (key) => [
  code(key.key),
  typeOf(key),
  // Markdown would treat a placeholder outside of code as HTML.
  key.default === undefined ? key.unset.replace(/\S*<\w+>\S*/, code) : code(key.default),
  `${code(key.variable)}<br>${code(key.flag)}`,
  key.description,
];

const table = [['key', 'type', 'default', 'variable, flag', 'meaning'], Array(5).fill('---')]
  .concat(configKeys.map(row))
  .map((cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`)
  .join('');

const document = readFileSync(FILE, 'utf8');
if (!process.argv.includes('--check')) {
  writeFileSync(FILE, withSection(document, SECTION, table));
} else if (readSection(document, SECTION) !== table) {
  console.error(`the configuration keys in ${FILE} are out of date; run "npm run docs:config" to write them`);
  process.exit(1);
}
