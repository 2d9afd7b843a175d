#!/usr/bin/env node
// Writes THIRD-PARTY-NOTICES.txt, with the licences of everything that is linked into the addon.   npm run notices
// It needs cargo-about, which finds the licences of the crates; about.toml is its configuration. `--check [FILE]` writes
// nothing, needs only cargo, and fails if FILE does not list exactly the linked crates.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCargoCommand } from './rust.mjs';

const FILE = 'THIRD-PARTY-NOTICES.txt';
const CARGO_ABOUT = '0.9.3';
const ADDON = 'qanto-napi';
const RULE = '-'.repeat(80);
/** The placeholder that a licence text has instead of a copyright line if the crate has no licence file. */
const PLACEHOLDER = /^Copyright \(c\) <year> <copyright holders>\n+/m;

const { targets } = JSON.parse(readFileSync('package.json', 'utf8')).napi;
const targetFlags = targets.flatMap((target) => ['--target', target]);

const [mode, file = FILE] = process.argv.slice(2);
if (mode === '--check') check(readFileSync(file, 'utf8'));
else writeFileSync(FILE, notices(linkedCrates()));

/**
 * The third-party crates that are linked into the addon for any of its targets, as "name version". Procedural macros and
 * their dependencies run in the compiler and are not linked.
 */
function linkedCrates() {
  const tree = cargo([
    ...['tree', '--locked', '--package', ADDON, '--edges', 'normal,no-proc-macro', ...targetFlags],
    ...['--prefix', 'none', '--format', '{p}'],
  ]);
  // For crates of this repository, cargo prints the path after the version.
  const lines = tree.split('\n').filter((line) => line !== '' && !/ \((?!\*\)|proc-macro\))/.test(line));
  return [...new Set(lines.map((line) => line.replace(/^(\S+) v(\S+).*$/, '$1 $2')))].sort();
}

function check(text) {
  const linked = linkedCrates();
  const listed = [...text.matchAll(/^- (\S+ \S+), /gm)].map(([, crate]) => crate);
  const licensed = [...text.matchAll(/^Licence \S+ of (.*)$/gm)].flatMap(([, crates]) => crates.split(', '));
  const problems = [
    ...without(linked, listed).map((crate) => `${crate} is linked and not listed`),
    ...without(listed, linked).map((crate) => `${crate} is listed and not linked`),
    ...without(linked, licensed).map((crate) => `${crate} is linked and has no licence text`),
    ...without(licensed, linked).map((crate) => `${crate} has a licence text and is not linked`),
  ];
  if (problems.length > 0)
    fail(`${file} is out of date; run "npm run notices" to write it:\n${problems.join('\n')}`);
}

function notices(linked) {
  if (!hasCargoCommand('about')) {
    fail(
      `cargo-about is not installed; install it with: cargo install cargo-about --locked --features cli --version ${CARGO_ABOUT}`,
    );
  }
  cargo(['fetch', '--locked']);
  const { crates, licenses } = JSON.parse(
    cargo([
      ...['about', 'generate', '--format', 'json', '--locked', '--offline', '--fail'],
      ...['--config', 'about.toml', '--manifest-path', `crates/${ADDON}/Cargo.toml`, ...targetFlags],
    ]),
  );
  const nameOf = ({ name, version }) => `${name} ${version}`;
  const packages = new Map(crates.map((entry) => [nameOf(entry.package), entry]));
  const unknown = linked.filter((crate) => !packages.has(crate));
  if (unknown.length > 0) fail(`cargo-about does not know ${unknown.join(', ')}`);

  const sections = licenses
    .map(({ id, text, source_path, used_by }) => ({
      id,
      text: source_path === null ? withAuthors(text) : text,
      isOwn: source_path !== null,
      crates: used_by.map((user) => nameOf(user.crate)).filter((crate) => linked.includes(crate)),
    }))
    .filter(({ crates }) => crates.length > 0)
    .map((section) => ({ ...section, crates: section.crates.sort() }))
    .sort((a, b) => compare(a.id, b.id) || compare(a.crates[0], b.crates[0]));

  return `${[
    'Third-party notices',
    `This file lists the software of others that is compiled into the binaries of qanto (the files *.node), with its
licences. "npm run notices" writes it.`,
    `These crates are linked. Each has the licence that its manifest states; below is the text of the one that it is used
under.`,
    linked.map((crate) => `- ${crate}, ${packages.get(crate).license}`).join('\n'),
    RULE,
    `SQLite ${sqliteVersion(packages)} is compiled into the binaries, from the sources that libsqlite3-sys contains. Its
authors have dedicated it to the public domain: https://www.sqlite.org/copyright.html`,
    RULE,
    `The compiler links the Rust standard library into the binaries. Its licence is "MIT OR Apache-2.0", and it is used
under MIT. Every release of Rust contains the notices of the standard library, and of the crates that are part of it,
in the file COPYRIGHT-library.html.`,
    `Copyright (c) The Rust Project Developers (see https://thanks.rust-lang.org)\n\n${mitText(licenses)}`,
    ...sections.flatMap(({ id, crates, text, isOwn }) => [
      RULE,
      `Licence ${id} of ${crates.join(', ')}`,
      ...(isOwn ? [] : [withoutFile(crates)]),
      trimmed(text),
    ]),
  ].join('\n\n')}\n`;

  function withoutFile(names) {
    const lines = names.map((crate) => {
      const { authors, repository } = packages.get(crate).package;
      return `- ${crate}: ${authors.map((author) => author.replace(/ *<.*>/, '')).join(', ')} (${repository})`;
    });
    return `These crates are published without a licence file. Their manifests state the licence and these authors:\n\n${lines.join('\n')}`;
  }
}

/** The general text of a licence, which cargo-about uses for a crate without a licence file, without its line for names. */
function withAuthors(text) {
  if (!PLACEHOLDER.test(text))
    fail(`the licence text of a crate without a licence file has no line for names:\n${text}`);
  return text.replace(PLACEHOLDER, '');
}

/** The text of the MIT licence, without a title and without names. */
function mitText(licenses) {
  const { text } = licenses.find(({ id, source_path }) => id === 'MIT' && source_path === null);
  return trimmed(withAuthors(text).replace(/^MIT License\n+/, ''));
}

/** The version of the SQLite sources that are compiled. */
function sqliteVersion(packages) {
  const [, { package: sqlite }] = [...packages].find(([crate]) => crate.startsWith('libsqlite3-sys '));
  const header = readFileSync(join(dirname(sqlite.manifest_path), 'sqlite3', 'sqlite3.h'), 'utf8');
  return /^#define SQLITE_VERSION +"([\d.]+)"$/m.exec(header)[1];
}

/** The text without the indentation that all lines share, and without spaces at the ends of lines. */
function trimmed(text) {
  const lines = text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => line.trimEnd());
  const indents = lines.filter((line) => line !== '').map((line) => /^ */.exec(line)[0].length);
  const indent = Math.min(...indents);
  return lines
    .map((line) => line.slice(indent))
    .join('\n')
    .replace(/^\n+|\n+$/g, '');
}

function without(crates, others) {
  return crates.filter((crate) => !others.includes(crate));
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}

function cargo(args) {
  const { status, stdout, stderr, error } = spawnSync('cargo', args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (error || status !== 0) fail(`cargo ${args.join(' ')} failed: ${error?.message ?? stderr}`);
  return stdout;
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
