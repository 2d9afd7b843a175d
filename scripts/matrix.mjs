#!/usr/bin/env node
// Tries the packed packages in every tool they are said to work in, outside the repository: `--help` tells how.
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

const HELP = `npm run matrix [-- [--list] [--json] [--keep] NAME…]

Installs what scripts/pack.mjs made into new folders outside the repository and loads it in each tool, in the versions
of scripts/matrix/versions.mjs. Tools are installed into target/matrix, once.

NAME      run only the cells of this name, or whose names begin with it and a slash or a dash
--list    name the cells, run none
--json    print one JSON document in place of a line for each cell
--keep    leave the folders of the apps, and say where they are

--packed  try what lies in target/packages, and do not pack it anew

Ends with exit code 1 when a cell failed, and 2 when no cell has a name.`;

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
if (flags.keep) console.error(`the apps are in ${folder}`);

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
  const chosen = (name) =>
    names.some(
      (given) => name === given || (name.startsWith(given) && /^[/-]/.test(name.slice(given.length))),
    );
  const unknown = names.filter(
    (given) =>
      !CELLS.some(
        ({ name }) => name === given || (name.startsWith(given) && /^[/-]/.test(name.slice(given.length))),
      ),
  );
  if (unknown.length > 0) {
    console.error(`no cell is named ${unknown.join(' or ')}; --list names them`);
    process.exit(2);
  }
  return names.length === 0 ? CELLS : CELLS.filter(({ name }) => chosen(name));
}

function lineOf({ name, tool, version, what }) {
  return `${name}  (${tool} ${version}: ${what})`;
}

function secondsSince(beganAtMs) {
  return Number(((performance.now() - beganAtMs) / 1000).toFixed(1));
}
