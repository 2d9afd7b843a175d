#!/usr/bin/env node
// Writes the address of the repository, `repository.url` in package.json, into every file that contains it.   npm run repository
// `--check` writes nothing, and fails if a file contains another address. `--check PAGE` also fails if the page of the
// repository is not PAGE; a release compares it with the repository in which it runs. `--links FILE` prints a document of
// this repository with absolute links, as it is packed.
import { readFileSync, writeFileSync } from 'node:fs';
import { repositoryPage, withAbsoluteLinks } from './absolute-links.mjs';

const page = repositoryPage();

/** Sets fields that a manifest already has, so that they keep their positions. */
const manifest = (fields) => (text) => `${JSON.stringify({ ...JSON.parse(text), ...fields }, null, 2)}\n`;
const url = `git+${page}.git`;
const bugs = { url: `${page}/issues` };

const FILES = {
  'package.json': manifest({
    homepage: `${page}#readme`,
    repository: { type: 'git', url },
    bugs,
  }),
  'npm/qanto-node/package.json': manifest({
    homepage: `${page}/tree/main/npm/qanto-node#readme`,
    repository: { type: 'git', url, directory: 'npm/qanto-node' },
    bugs,
  }),
  'Cargo.toml': replacing(/^(repository = ").*(")$/m, page),
  'SECURITY.md': replacing(/(\]\()\S+(\/security\/advisories\/new\))/, page),
};

const [mode, argument] = process.argv.slice(2);
if (mode === '--links') {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
  process.stdout.write(withAbsoluteLinks(argument, version));
} else {
  if (mode === '--check' && argument !== undefined && argument !== page) {
    fail(
      `repository.url in package.json is ${page}, but this repository is ${argument}; change it, then run "npm run repository"`,
    );
  }
  for (const [file, write] of Object.entries(FILES)) {
    const text = readFileSync(file, 'utf8');
    const written = write(text);
    if (written === text) continue;
    if (mode === '--check') fail(`${file} does not link to ${page}; run "npm run repository" to write it`);
    writeFileSync(file, written);
    console.log(`wrote ${file}`);
  }
}

function replacing(pattern, value) {
  return (text) => {
    if (!pattern.test(text)) throw new Error(`nothing matches ${pattern}`);
    return text.replace(pattern, (_, before, after) => before + value + after);
  };
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
