import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';

/** Jest runs in the project's root. */
const manifestOf = (folder: string) => JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'));
const library = manifestOf('.');
const node = manifestOf('npm/qanto-node');

// A release compares its tag only with the version of the library.
test('The library, the node and the crates have the same version', () => {
  expect(node.version).toBe(library.version);
  expect(readFileSync('Cargo.toml', 'utf8')).toContain(
    `\n[workspace.package]\nversion = "${library.version}"\n`,
  );
});

test('The node requires the library in exactly its own version', () => {
  expect(node.peerDependencies.qanto).toBe(node.version);
});
