import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import ts from 'typescript';

/** The modules that a module loads when it is imported, itself included. Jest runs in the root of the repository. */
function loadedBy(entry: string): Set<string> {
  const loaded = new Set([entry]);
  for (const file of loaded) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2022);
    for (const statement of source.statements) {
      const isImport = ts.isImportDeclaration(statement) && !isOfTypes(statement.importClause);
      const isExport = ts.isExportDeclaration(statement) && !statement.isTypeOnly;
      if (!(isImport || isExport) || statement.moduleSpecifier === undefined) continue;
      const { text } = statement.moduleSpecifier as ts.StringLiteral;
      loaded.add(text.startsWith('.') ? join(dirname(file), text) : text);
    }
  }
  return loaded;
}

function isOfTypes(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}

test('The entry point qanto/proofs loads no engine, no store and no native binary', () => {
  const loaded = [...loadedBy('ts/proofs/index.ts')];
  const allowed = /^ts\/(proofs\/[a-z-]+|pow\/(hex|sha256d)|[a-z-]+)\.ts$/;
  expect(loaded.filter((file) => !allowed.test(file))).toEqual([]);
  expect(loaded).not.toContain('ts/native.ts');
  expect(loaded).toContain('ts/proofs/range-node.ts');
});

test('The test above would notice the engine', () => {
  expect(loadedBy('ts/dag/index.ts')).toContain('ts/dag/engine/engine.ts');
  expect(loadedBy('ts/pow/index.ts')).toContain('ts/native.ts');
});
