#!/usr/bin/env node
// Writes the ES module entry points of the packages in the given folders, or of the packages of this repository. For each
// `import` in the `exports` of a manifest, it writes a module that re-exports the names of the CommonJS implementation
// beside it, and its declarations. So there is one implementation, whether it is imported or required.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const require = createRequire(import.meta.url);

const given = process.argv.slice(2);
for (const folder of given.length > 0 ? given : [root, resolve(root, 'npm/qanto-node')]) {
  const { exports } = JSON.parse(readFileSync(resolve(folder, 'package.json'), 'utf8'));
  for (const { import: esm, require: cjs } of Object.values(exports)) {
    if (esm === undefined) continue;
    const implementation = resolve(folder, cjs.default);
    const names = Object.keys(require(implementation)).sort();
    const from = JSON.stringify(`./${basename(implementation)}`);
    writeFileSync(
      resolve(folder, esm.default),
      `import implementation from ${from};\n\nexport const {\n${names.map((name) => `  ${name},\n`).join('')}} = implementation;\n`,
    );
    writeFileSync(resolve(folder, esm.types), `export * from ${from};\n`);
  }
}
