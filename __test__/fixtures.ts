/**
 * The one way to the fixtures: real data that is not part of the project. They are looked for in `QANTO_FIXTURES`, else
 * in `../shared/fixtures` beside the project. Where they are absent the tests that need them are skipped, loudly;
 * in CI that is a failure unless `QANTO_FIXTURES` is `none`, for a CI that has no access to them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, it } from '@jest/globals';

/** Jest runs in the project's root. */
const folder = resolve(process.env['QANTO_FIXTURES'] ?? '../shared/fixtures');

/** A `describe` for tests that read the fixture files named (paths below the fixtures folder). */
export function describeWithFixtures(name: string, files: readonly string[], tests: () => void): void {
  const missing = files.filter((file) => !existsSync(join(folder, file)));
  if (missing.length === 0) {
    describe(name, tests);
    return;
  }
  const message = `fixtures not found: ${missing.map((file) => join(folder, file)).join(', ')} (set QANTO_FIXTURES)`;
  const fail = (): never => {
    throw new Error(message);
  };
  if (process.env['CI'] && process.env['QANTO_FIXTURES'] !== 'none') {
    describe(name, () => {
      it('has its fixtures, which CI must provide', fail);
    });
    return;
  }
  process.stderr.write(`\n*** SKIPPED: ${name}: ${message}\n\n`);
  // The tests themselves are not even collected: they may read the files while they are.
  describe.skip(name, () => {
    it('needs its fixtures', fail);
  });
}

/** The text of a fixture file; a name ending in `.gz` is unpacked. */
export function fixtureText(file: string): string {
  const bytes = readFileSync(join(folder, file));
  return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** A fixture file that is one JSON value. */
export function fixtureJson<T>(file: string): T {
  return JSON.parse(fixtureText(file)) as T;
}

/** A fixture file with a JSON value on every line. */
export function fixtureJsonLines<T>(file: string): T[] {
  return fixtureText(file)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as T);
}
