/** Changes values of JSON at random, as an outsider may who can send any JSON. The same seed makes the same changes. */

export interface Random {
  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number;
  pick<T>(choices: readonly T[]): T;
}

/** Mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return { below, pick: (choices) => choices[below(choices.length)]! };
}

const CHARACTERS = [
  '0',
  '9',
  'a',
  'F',
  ':',
  '.',
  '=',
  '&',
  '?',
  '|',
  '"',
  '\\',
  '\0',
  '\n',
  'é',
  '😺',
  '\ud800',
  '٣',
  ' ',
];
const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -0,
    1,
    -1,
    0.5,
    2 ** 31,
    2 ** 32,
    2 ** 53,
    2 ** 53 - 1,
    1e21,
    1e308,
    -1e308,
    255,
    256,
    65_536,
  ],
  ...[
    '',
    '0',
    '00',
    '007',
    '1e3',
    '-1',
    '18446744073709551616',
    'SHA-256',
    '__proto__',
    '\ud800',
    'é'.repeat(300),
  ],
  ...[
    '0'.repeat(64),
    'f'.repeat(64),
    'f'.repeat(16),
    '0'.repeat(160),
    'eyJ9',
    '1:20:000000:::',
    'x'.repeat(70_000),
  ],
  ...[
    [],
    [[]],
    [null],
    Array(2000).fill(''),
    {},
    { length: 3 },
    { toString: 1, valueOf: 2 },
    { constructor: 1, hasOwnProperty: null },
  ],
];
const NAMES = ['bits', 'difficulty', 'challenge', 'nonce', 'toString', '__proto__', 'length', 'a\u202e'];

/** A copy of a value of JSON with one to three changes. */
export function mutated(random: Random, original: unknown): unknown {
  let value = structuredClone(original);
  for (let change = random.below(3); change >= 0; change--) value = changed(random, value);
  return value;
}

function changed(random: Random, value: unknown): unknown {
  if (random.below(40) === 0) return structuredClone(random.pick(VALUES));
  if (typeof value === 'string') return random.below(8) === 0 ? anyValue(random) : changedText(random, value);
  if (typeof value === 'number') {
    const delta = random.pick([1, -1, 0.5, 256, 2 ** 32]);
    return random.below(2) === 0 ? value + delta : anyValue(random);
  }
  if (typeof value !== 'object' || value === null) return anyValue(random);
  return Array.isArray(value)
    ? changedArray(random, value)
    : changedObject(random, value as Record<string, unknown>);
}

function anyValue(random: Random): unknown {
  return structuredClone(random.pick(VALUES));
}

function changedText(random: Random, text: string): string {
  const at = random.below(text.length + 1);
  const character = random.pick(CHARACTERS);
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + character + text.slice(at);
    case 1:
      return text.slice(0, at) + character + text.slice(at + 1);
    case 2:
      return text.slice(0, at);
    case 3:
      return text.slice(0, at) + text.slice(at + 1);
    default:
      return text.slice(at) + text.slice(0, at);
  }
}

function changedArray(random: Random, array: unknown[]): unknown[] {
  const at = random.below(array.length + 1);
  const copy = [...array];
  if (at === array.length) copy.push(anyValue(random));
  else if (random.below(4) === 0) copy.splice(at, 1);
  else copy[at] = changed(random, copy[at]);
  return copy;
}

function changedObject(random: Random, object: Record<string, unknown>): unknown {
  const entries = Object.entries(object);
  const at = random.below(entries.length + 1);
  if (at === entries.length) entries.push([random.pick(NAMES), anyValue(random)]);
  else if (random.below(6) === 0) entries.splice(at, 1);
  else entries[at] = [entries[at]![0], changed(random, entries[at]![1])];
  // As JSON.parse does, this makes an own property of the name `__proto__`.
  return Object.fromEntries(entries);
}
