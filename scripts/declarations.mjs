// Removes the declarations of a package that no entry point reaches. Nobody can import their modules, and they would be a fifth of
// all declarations.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The modules that a declaration refers to: `from './a.ts'`, `import('./b.js')`. */
const REFERENCE = /(?:\bfrom|\bimport|\bimport\()\s*['"](\.[^'"]+)['"]/g;

/** `folder` has the manifest of the package, and its build in `dist`. */
export function dropUnreachedDeclarations(folder) {
  const { exports, types } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const entries = Object.values(exports).flatMap((entry) => entry.require?.types ?? []);
  const reached = new Set([...entries, ...(types ? [types] : [])].map((path) => join(folder, path)));
  for (const file of reached) {
    for (const [, reference] of readFileSync(file, 'utf8').matchAll(REFERENCE)) {
      const path = reference.endsWith('.d.ts') ? reference : reference.replace(/\.(ts|js)$/, '.d.ts');
      reached.add(join(dirname(file), path));
    }
  }
  for (const name of readdirSync(join(folder, 'dist'), { recursive: true })) {
    const file = join(folder, 'dist', name);
    if (name.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
  }
}
