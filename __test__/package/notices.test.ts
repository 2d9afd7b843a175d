import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';

/** Jest runs in the project's root. */
const FILE = 'THIRD-PARTY-NOTICES.txt';
const notices = readFileSync(FILE, 'utf8');

/** The problems of a file of notices. There are none if it matches the linked crates. */
function problemsOf(file: string): string {
  const args = ['scripts/notices.mjs', '--check', file];
  const { status, stderr, error } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (error) throw error;
  expect(status === 0).toBe(stderr === '');
  return stderr;
}

function problemsOfText(text: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'qanto-notices-'));
  try {
    const file = path.join(folder, FILE);
    writeFileSync(file, text);
    return problemsOf(file);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Run `npm run notices` after a change of the dependencies.
test('The notices list exactly the crates that are linked into the addon', () => {
  expect(problemsOf(FILE)).toBe('');
});

test('The check finds a linked crate without an entry, or with another version', () => {
  const [line, crate] = /^- (rusqlite \S+), .*\n/m.exec(notices)!;
  expect(problemsOfText(notices.replace(line, ''))).toContain(`${crate} is linked and not listed`);
  const other = problemsOfText(notices.replace(line, line.replace(crate!, 'rusqlite 0.0.1')));
  expect(other).toContain(`${crate} is linked and not listed`);
  expect(other).toContain('rusqlite 0.0.1 is listed and not linked');
});

test('The check finds a linked crate without the text of its licence', () => {
  const [heading, crate] = /^Licence Zlib of (foldhash \S+)$/m.exec(notices)!;
  expect(problemsOfText(notices.replace(heading, ''))).toContain(
    `${crate} is linked and has no licence text`,
  );
});

test.each([
  ['a macro', 'napi-derive'],
  ['a crate that builds the addon', 'napi-build'],
  ['a crate that only tests use', 'proptest'],
  ['a crate that only models of the threads use', 'loom'],
  ['a crate of this repository', 'qanto-pow'],
])('The notices do not list %s: %s', (_kind, name) => {
  const lock = readFileSync('Cargo.lock', 'utf8');
  expect(lock).toContain(`name = "${name}"`);
  expect(notices).not.toContain(`- ${name} `);
});

test('The notices include crates that are linked only on other platforms', () => {
  for (const name of ['windows-sys', 'linux-raw-sys']) expect(notices).toContain(`\n- ${name} `);
});

test('The notices name SQLite and the standard library, which are not in the lock file', () => {
  expect(notices).toMatch(/^SQLite 3\.\d+\.\d+ is compiled into the binaries/m);
  expect(notices).toContain('links the Rust standard library into the binaries');
});
