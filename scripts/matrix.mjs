#!/usr/bin/env node
// Tests the packed packages in every tool that docs/tools.md lists, outside the repository. `--help` prints the options.
import { parseArgs } from 'node:util';
import alone from './matrix/cells/alone.mjs';
import bundlers from './matrix/cells/bundlers.mjs';
import managers from './matrix/cells/managers.mjs';
import next from './matrix/cells/next.mjs';
import nodes from './matrix/cells/nodes.mjs';
import runtimes from './matrix/cells/runtimes.mjs';
import testRunners from './matrix/cells/test-runners.mjs';
import types from './matrix/cells/types.mjs';
import { openWorkspace } from './matrix/workspace.mjs';

const HELP = `Usage: npm run matrix [-- [options] [NAME…]]

Tests the packages in every tool that docs/tools.md lists. Each test is a cell: one tool, in one version, with one
program. The packages are packed with scripts/pack.mjs and installed into new folders outside the repository. The tools
have the versions in scripts/matrix/versions.mjs; they are installed into target/matrix once and kept there.

NAME      run only the cells with this name, or whose names begin with it and a slash or a hyphen
--list    print the names of the cells and run none
--json    print one JSON document instead of a line for each cell
--keep    keep the folders of the tested apps, and print where they are
--packed  test the packages that are in target/packages, instead of packing them again
--help    print this help

The exit code is 0 if all cells pass, 1 if a cell fails, and 2 if a given name matches no cell.`;

const CELLS = [
  ...[...nodes, ...alone, ...testRunners, ...types],
  ...[...bundlers, ...next, ...managers, ...runtimes],
];

const { values: flags, positionals: names } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    packed: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

if (flags.help) {
  console.log(HELP);
  process.exit(0);
}
const cells = select();
if (flags.list) {
  const listed = cells.map(({ name, tool, version, what }) => ({ name, tool, version, what }));
  console.log(flags.json ? JSON.stringify(listed, null, 2) : listed.map(lineOf).join('\n'));
  process.exit(0);
}

const startedAtMs = performance.now();
const place = await openWorkspace({ pack: !flags.packed });
const results = [];
for (const cell of cells) {
  const result = await outcomeOf(cell);
  results.push(result);
  if (!flags.json)
    console.log(
      `${lineOf(result)}  ${result.ok ? 'ok' : `failed: ${result.reason.trimEnd().replaceAll('\n', '\n    ')}`}`,
    );
}
const folder = place.close({ keep: flags.keep });
if (flags.keep) console.error(`the tested apps were kept in ${folder}`);

const failed = results.filter(({ ok }) => !ok).length;
const passed = results.length - failed;
const seconds = secondsSince(startedAtMs);
if (flags.json) console.log(JSON.stringify({ cells: results, passed, failed, seconds }, null, 2));
else console.log(`${seconds} s\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function outcomeOf({ name, tool, version, what, run }) {
  const beganAtMs = performance.now();
  let reason;
  try {
    await run(place);
  } catch (error) {
    reason = error instanceof Error ? error.message : String(error);
  }
  const ok = reason === undefined;
  return { name, tool, version, what, ok, ...(ok ? {} : { reason }), seconds: secondsSince(beganAtMs) };
}

function select() {
  const matches = (name, given) =>
    name === given || (name.startsWith(given) && /^[/-]/.test(name.slice(given.length)));
  const unknown = names.filter((given) => !CELLS.some(({ name }) => matches(name, given)));
  if (unknown.length > 0) {
    console.error(`no cell is named ${unknown.join(' or ')}; --list prints the names of all cells`);
    process.exit(2);
  }
  return names.length === 0 ? CELLS : CELLS.filter(({ name }) => names.some((given) => matches(name, given)));
}

function lineOf({ name, tool, version, what }) {
  return `${name}  (${tool} ${version}: ${what})`;
}

function secondsSince(beganAtMs) {
  return Number(((performance.now() - beganAtMs) / 1000).toFixed(1));
}
