import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import ts from 'typescript';
import { REJECTION_CODES } from '../ts/dag/index.ts';
import { PROOF_ERROR_CODES } from '../ts/proofs/index.ts';
import { ROOT } from './package/install.ts';

const ENTRIES = [
  'ts/index.ts',
  'ts/dag/index.ts',
  'ts/formats/index.ts',
  'ts/gate/index.ts',
  'ts/miner/index.ts',
  'ts/proofs/index.ts',
  'ts/stratum/index.ts',
  'ts/telemetry/index.ts',
  'ts/testing.ts',
  'ts/node/index.ts',
];
/** Errors of the command, of exports, of the control socket and of loading the node, which no exported function throws. */
const COMMAND_ERRORS = [
  'ts/cli/errors.ts',
  'ts/config/errors.ts',
  'ts/node/block-stream/errors.ts',
  'ts/node/control/errors.ts',
  'ts/node/rpc/codes.ts',
  'ts/node/library.ts',
];
/** Names in doc comments that look like error codes: variables, the reasons of /readyz, and a code of Node.js. */
const NO_ERROR_OF_OURS = /^(QANTO_\w+|RUST_LOG|OPENING|STOPPING|CIRCUIT_OPEN|EADDRINUSE)$/;

const source = ts.createProgram(
  [...ENTRIES, ...COMMAND_ERRORS].map((file) => `${ROOT}/${file}`),
  {
    noEmit: true,
    allowImportingTsExtensions: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    types: ['node'],
    // The sources of the library are needed, because declarations do not contain the codes.
    paths: { qanto: [`${ROOT}/ts/index.ts`], 'qanto/*': [`${ROOT}/ts/*/index.ts`] },
  },
);
const checker = source.getTypeChecker();

interface Exported {
  readonly name: string;
  readonly declarations: readonly ts.Declaration[];
}

function exportsOf(file: string): Exported[] {
  const module = checker.getSymbolAtLocation(source.getSourceFile(`${ROOT}/${file}`)!)!;
  return checker.getExportsOfModule(module).map((symbol) => {
    const aliased = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    return { name: symbol.name, declarations: aliased.declarations ?? [] };
  });
}

/** The classes whose codes are listed in a table. */
const TABLES = ['BlockRejectedError', 'DagEngineError', 'ProofError'];

/** The codes of the engine, which are the fields of the interface that describes their details. */
function engineCodes(): string[] {
  const file = source.getSourceFile(`${ROOT}/ts/dag/engine/errors.ts`)!;
  const details = file.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === 'EngineErrorDetails',
  ) as ts.InterfaceDeclaration;
  return details.members.map((member) => (member.name as ts.Identifier).text);
}

/** The codes of an error class, which its constructor passes to the base class. */
function codesOf({ declarations }: Exported): string[] {
  const codes: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.SuperKeyword) {
      const text = node.arguments[0]?.getText() ?? '';
      codes.push(...[...text.matchAll(/'([A-Z_]+)'/g)].map(([, code]) => code!));
    } else ts.forEachChild(node, visit);
  };
  for (const declaration of declarations) {
    if (!ts.isClassDeclaration(declaration)) continue;
    if (declaration.name?.text === 'BlockRejectedError') codes.push(...REJECTION_CODES);
    if (declaration.name?.text === 'ProofError') codes.push(...PROOF_ERROR_CODES);
    if (declaration.name?.text === 'DagEngineError') codes.push(...engineCodes());
    visit(declaration);
  }
  return codes;
}

function classesByCode(files: readonly string[]): Map<string, string[]> {
  const classes = new Map<string, Set<string>>();
  for (const exported of files.flatMap(exportsOf)) {
    for (const code of codesOf(exported)) {
      classes.set(code, (classes.get(code) ?? new Set()).add(exported.name));
    }
  }
  return new Map([...classes].map(([code, names]) => [code, [...names]]));
}

/** The codes in the comments of a declaration and of its members. */
function namedIn({ declarations }: Exported): string[] {
  const comments = declarations.flatMap((node) => node.getFullText().match(/\/\*\*[\s\S]*?\*\//g) ?? []);
  return [...comments.join('\n').matchAll(/`([A-Z]+(?:_[A-Z]+)*)`/g)]
    .map(([, code]) => code!)
    .filter((code) => !NO_ERROR_OF_OURS.test(code));
}

describe.each(ENTRIES)('The entry point %s', (entry) => {
  test('exports the class of every code that its comments name', () => {
    const classes = classesByCode([entry]);
    const without = exportsOf(entry).flatMap((exported) =>
      namedIn(exported)
        .filter((code) => !classes.has(code))
        .map((code) => `${code} of ${exported.name}`),
    );
    expect(without).toEqual([]);
  });

  test('exports QantoError, which distinguishes refusals from bugs', () => {
    expect(exportsOf(entry).map(({ name }) => name)).toContain('QantoError');
  });

  test('exports only errors whose comments name their code', () => {
    const silent = exportsOf(entry)
      .filter(({ name }) => !TABLES.includes(name))
      .flatMap((exported) => codesOf(exported).filter((code) => !namedIn(exported).includes(code)))
      .filter((code) => !NO_ERROR_OF_OURS.test(code));
    expect(silent).toEqual([]);
  });
});

test('Every code that is thrown has a class of its own', () => {
  const known = classesByCode([...ENTRIES, ...COMMAND_ERRORS]);
  const thrown = source
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(`${ROOT}/ts/`))
    .flatMap(({ text }) => [...text.matchAll(/new QantoError\(\s*'([A-Z_]+)'/g)].map(([, code]) => code!));
  expect(thrown.filter((code) => !known.has(code))).toEqual([]);
});

describe('The tables of codes in the documents', () => {
  const documents = ['README.md', ...readdirSync(`${ROOT}/docs`).map((name) => `docs/${name}`)];
  const rows = documents
    .filter((name) => name.endsWith('.md'))
    .flatMap((name) =>
      readFileSync(`${ROOT}/${name}`, 'utf8')
        .split('\n')
        .filter((line) => /^\| `[A-Z]+(_[A-Z]+)*`/.test(line) && !line.startsWith('| `QANTO_')),
    )
    .map((line) => line.split('|').map((cell) => cell.trim()));

  test('contain only codes that exist', () => {
    const known = classesByCode([...ENTRIES, ...COMMAND_ERRORS]);
    const codes = rows.flatMap(([, first]) => [...first!.matchAll(/`([A-Z_]+)`/g)].map(([, code]) => code!));
    expect(codes).toContain('ERR_QANTO_TIMED_OUT');
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });

  test('name the class of each code', () => {
    const known = classesByCode(ENTRIES);
    const pairs = rows.flatMap(([, code, second]) => {
      const [, name] = /^`([A-Z]\w+Error)`$/.exec(second!) ?? [];
      return name === undefined ? [] : [[code!.replaceAll('`', ''), name] as const];
    });
    expect(pairs.length).toBeGreaterThan(5);
    for (const [code, name] of pairs)
      expect({ code, classes: known.get(code) }).toEqual({ code, classes: [name] });
  });
});
