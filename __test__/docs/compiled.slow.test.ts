/** Compiles every program in the documents as strict TypeScript, against the build output. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import ts from 'typescript';
import { ROOT } from '../package/install.ts';
import { fencedBlocks } from './blocks.ts';
import { DECLARED } from './executions.ts';

/** This folder is inside the project, where both packages can be resolved. */
const FOLDER = path.join(ROOT, 'target', 'documents');
const LANGUAGES = ['js', 'mjs', 'javascript', 'ts', 'mts', 'typescript'];

const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'npm/qanto-node/README.md', 'flamegraphs/README.md'],
  ...readdirSync(path.join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const programs = documents.flatMap((document) =>
  fencedBlocks(document)
    .filter(({ language }) => LANGUAGES.includes(language))
    .map(({ line, text }, index) => ({ name: `${document} ${index + 1}`, line, text })),
);

const OPTIONS: ts.CompilerOptions = {
  noEmit: true,
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  types: ['node'],
};

let problems: Map<string, string[]>;

beforeAll(() => {
  mkdirSync(FOLDER, { recursive: true });
  const files = new Map(programs.map((program, index) => [path.join(FOLDER, `${index}.mts`), program]));
  for (const [file, { name, text }] of files) {
    writeFileSync(file, `${text}\n${DECLARED[name] ?? ''}\nexport {};\n`);
  }
  const program = ts.createProgram([...files.keys()], OPTIONS);
  problems = new Map(programs.map(({ name }) => [name, []]));
  for (const { file, start = 0, messageText } of ts.getPreEmitDiagnostics(program)) {
    const known = file && files.get(path.normalize(file.fileName));
    if (!known) throw new Error(`${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
    const line = known.line + 1 + file.getLineAndCharacterOfPosition(start).line;
    const text = ts.flattenDiagnosticMessageText(messageText, '\n');
    problems.get(known.name)!.push(`line ${line}: ${text}`);
  }
});

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

test('The documents contain programs', () => expect(programs.length).toBeGreaterThan(10));

test.each(programs.map(({ name, line }) => [name, line] as const))(
  'The program %s (line %i) compiles under strict settings',
  (name) => expect(problems.get(name)).toEqual([]),
);

test('Every program with declarations is in a document', () => {
  const names = programs.map(({ name }) => name);
  expect(Object.keys(DECLARED).filter((name) => !names.includes(name))).toEqual([]);
});
