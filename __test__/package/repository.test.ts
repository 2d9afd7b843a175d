import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';

const SCRIPTS = ['scripts/repository.mjs', 'scripts/absolute-links.mjs'];
/** The files that contain the address of the repository. */
const FILES = ['Cargo.toml', 'SECURITY.md', 'npm/qanto-node/package.json', 'package.json'];

/** Jest runs in the project's root. */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const page: string = manifest.repository.url.replace(/^git\+|\.git$/g, '');

const repository = (...args: string[]) => repositoryIn('.', ...args);

function repositoryIn(cwd: string, ...args: string[]) {
  const { status, stdout, stderr, error } = spawnSync(process.execPath, [SCRIPTS[0]!, ...args], {
    cwd,
    encoding: 'utf8',
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

// Run `npm run repository` after a change of `repository.url` in package.json.
test('All files contain the address of the repository that is in package.json', () => {
  expect(repository('--check')).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('No other file contains the address of the repository', () => {
  const owner = new URL(page).pathname.slice(1);
  expect(sources('.').filter((file) => readFileSync(file, 'utf8').includes(owner))).toEqual(FILES);
});

test('The check refuses a release from another repository', () => {
  expect(repository('--check', page).status).toBe(0);
  const { status, stderr } = repository('--check', 'https://github.com/somebody/else');
  expect(status).toBe(1);
  expect(stderr).toContain(page);
});

/** A copy of the files with the address of the repository, and of the scripts that write it. */
let folder: string;
const inFolder = (file: string) => path.join(folder, file);

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-repository-'));
  for (const file of [...FILES, ...SCRIPTS]) {
    mkdirSync(path.dirname(inFolder(file)), { recursive: true });
    cpSync(file, inFolder(file));
  }
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('When repository.url changes', () => {
  const change = (url: string) => {
    const text = readFileSync(inFolder('package.json'), 'utf8');
    writeFileSync(inFolder('package.json'), text.replace(manifest.repository.url, url));
  };

  test('the check fails until the other files are written, and then no file contains the old address', () => {
    change('git+https://github.com/somebody/else.git');
    expect(repositoryIn(folder, '--check').status).toBe(1);
    expect(repositoryIn(folder).status).toBe(0);
    expect(repositoryIn(folder, '--check').status).toBe(0);
    for (const file of FILES) {
      const text = readFileSync(inFolder(file), 'utf8');
      expect(text).toContain('https://github.com/somebody/else');
      expect(text).not.toContain(page);
    }
  });

  test('an address that is not on GitHub is refused', () => {
    change('git+https://example.org/somebody/else.git');
    expect(repositoryIn(folder, '--check').stderr).toContain('git+https://github.com/OWNER/NAME.git');
  });
});

describe('In the packages', () => {
  const DOCUMENTS = ['README.md', 'CHANGELOG.md', 'npm/qanto-node/README.md'];

  test.each(DOCUMENTS)('the document %s has no relative link', (document) => {
    const { status, stdout } = repository('--links', document);
    expect(status).toBe(0);
    expect(linksOf(stdout).length).toBeGreaterThan(2);
    expect(linksOf(stdout).filter((target) => !/^(https?:|#)/.test(target))).toEqual([]);
  });

  test('a link points to the file or the folder of this version', () => {
    const tag = `v${manifest.version}`;
    const links = linksOf(repository('--links', 'README.md').stdout);
    expect(links).toContain(`${page}/blob/${tag}/docs/operating.md`);
    expect(links).toContain(`${page}/tree/${tag}/examples`);
    expect(linksOf(repository('--links', 'npm/qanto-node/README.md').stdout)).toContain(
      `${page}/blob/${tag}/README.md`,
    );
  });

  test('a link to a file outside of the repository is refused', () => {
    writeFileSync(inFolder('a.md'), 'See [the other](../outside.md).\n');
    const { status, stderr } = repositoryIn(folder, '--links', 'a.md');
    expect(status).not.toBe(0);
    expect(stderr).toContain('a.md links to "../outside.md"');
  });

  test('links of all kinds are absolute, and code is unchanged', () => {
    writeFileSync(
      inFolder('a.md'),
      [
        '[a](SECURITY.md#top) ![b](SECURITY.md) [c](#here) [d](https://example.org) [e](mailto:a@example.org)',
        '```',
        '[f](nowhere.md)',
        '```',
        '[g]: SECURITY.md',
        '<img alt="h" src="SECURITY.md"> <source srcset="SECURITY.md">',
        '',
      ].join('\n'),
    );
    const at = (kind: string) => `${page}/${kind}/v${manifest.version}/SECURITY.md`;
    expect(repositoryIn(folder, '--links', 'a.md').stdout).toBe(
      [
        `[a](${at('blob')}#top) ![b](${at('raw')}) [c](#here) [d](https://example.org) [e](mailto:a@example.org)`,
        '```',
        '[f](nowhere.md)',
        '```',
        `[g]: ${at('blob')}`,
        `<img alt="h" src="${at('raw')}"> <source srcset="${at('raw')}">`,
        '',
      ].join('\n'),
    );
  });
});

/** The targets of the links of a document. */
function linksOf(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)\s]+)|^\[[^\]]+\]: *(\S+)/gm)].map(([, a, b]) => (a ?? b)!);
}

/** The paths of the text files of this repository that are not generated by the build. */
function sources(folder: string): string[] {
  const left = new Set(['node_modules', 'target', 'dist', 'coverage', '.git', '.qanto']);
  return readdirSync(folder, { withFileTypes: true })
    .filter(({ name }) => !left.has(name))
    .flatMap((entry) => {
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory()) return sources(file);
      return /\.(md|json|toml|yml|ts|mjs|js|rs)$/.test(entry.name) ? [file] : [];
    })
    .sort();
}
