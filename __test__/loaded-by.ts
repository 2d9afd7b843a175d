/** What a module loads, read from the sources. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** The modules that a module loads when it is imported, itself included. Jest runs in the root of the repository. */
export function loadedBy(entry: string): Set<string> {
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
