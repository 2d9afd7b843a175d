import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { commentedConfig, configKeys, resolveConfig, valueAt } from '../../ts/config/index.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-config-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function resolveText(text: string) {
  const file = path.join(cwd, 'commented.json');
  writeFileSync(file, text);
  return resolveConfig({ file, variables: {}, cwd });
}

/** The file with every key set, as if a user had removed the slashes before all keys. */
function uncommented(text: string): string {
  return text.replaceAll(/^( *)\/\/ (?="\w+": .*,$)/gm, '$1');
}

test('A file that sets no key resolves to the defaults', async () => {
  const { config, origins } = await resolveText(commentedConfig(new Map()));
  expect(config).toEqual((await resolveConfig({ file: false, variables: {}, cwd })).config);
  expect(new Set(origins.values())).toEqual(new Set(['default']));
});

test('The values in the comments are valid: each default, and the example of each key without a default', async () => {
  const { config, origins } = await resolveText(uncommented(commentedConfig(new Map())));
  const stated = configKeys.map(({ key }) => [key, valueAt(config, key)]);
  const meant = configKeys.map(({ key, default: byDefault, example, isPath }) => [
    key,
    isPath ? path.join(cwd, String(example)) : (byDefault ?? example),
  ]);
  expect(stated).toEqual(meant);
  expect([...origins.values()].filter((origin) => origin === 'default')).toEqual([]);
});

test.each(configKeys.map((key) => [key.key, key] as const))('The key %s is documented', (_name, key) => {
  // Several sections have a key with the same last part.
  const ofName = `// "${key.key.split('.').at(-1)}": `;
  const ofVariable = new RegExp(`// ${key.variable}, `);
  const paragraphs = commentedConfig(new Map())
    .split('\n\n')
    .filter((paragraph) => paragraph.includes(ofName) && ofVariable.test(paragraph));
  expect(paragraphs).toHaveLength(1);
  const explanation = paragraphs[0]!.split(ofName)[0]!;
  for (const part of [key.description, key.expected, key.variable, key.flag]) {
    expect(explanation).toContain(part);
  }
});

test('The file sets the given keys and no others', async () => {
  const { config, origins } = await resolveText(
    commentedConfig(
      new Map<string, unknown>([
        ['network', 'regtest'],
        ['miner.backoff.jitter', 0],
      ]),
    ),
  );
  expect(config).toMatchObject({ network: 'regtest', miner: { backoff: { jitter: 0 } } });
  const set = [...origins].filter(([, origin]) => origin !== 'default').map(([key]) => key);
  expect(set).toEqual(['network', 'miner.backoff.jitter']);
});
