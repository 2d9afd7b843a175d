import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { isNotFound, requireFromProgram } from '../ts/require.ts';

const failure = (message: string, code?: string) => Object.assign(new Error(message), code && { code });

describe('A package', () => {
  test.each([
    ['Node', failure("Cannot find module 'winston'\nRequire stack:\n- /app/a.js", 'MODULE_NOT_FOUND')],
    [
      'Plug’n’Play',
      failure("Your application tried to access winston, but it isn't declared", 'MODULE_NOT_FOUND'),
    ],
  ])('counts as absent if %s reports that it is', (_who, error) =>
    expect(isNotFound(error, 'winston')).toBe(true),
  );

  test.each([
    [
      'one of its dependencies is absent',
      failure(
        "Cannot find module 'logform'\nRequire stack:\n- /app/node_modules/winston/a.js",
        'MODULE_NOT_FOUND',
      ),
    ],
    [
      'a package whose name has the same beginning is absent',
      failure("Cannot find module 'winston-transport'", 'MODULE_NOT_FOUND'),
    ],
    ['it cannot be loaded', failure('winston: file too short', 'ERR_DLOPEN_FAILED')],
    ['it throws', failure('winston')],
  ])('does not count as absent if %s', (_what, error) => expect(isNotFound(error, 'winston')).toBe(false));
});

describe('After a failed require', () => {
  let folder: string;
  const argv = process.argv[1]!;
  const notFound = failure("Cannot find module 'kept'", 'MODULE_NOT_FOUND');

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'qanto-require-'));
    mkdirSync(path.join(folder, 'node_modules', 'kept'), { recursive: true });
    writeFileSync(path.join(folder, 'node_modules', 'kept', 'index.js'), 'module.exports = "kept";\n');
    process.argv[1] = path.join(folder, 'program.js');
  });

  afterEach(() => {
    process.argv[1] = argv;
    rmSync(folder, { recursive: true });
  });

  test('a package is found in the folder of the program', () => {
    expect(requireFromProgram('kept', notFound)).toBe('kept');
  });

  test('a package is also found if a bundle has no require', () => {
    expect(requireFromProgram('kept', new ReferenceError('require is not defined'))).toBe('kept');
  });

  test('an error other than absence is thrown unchanged', () => {
    const broken = failure('kept.node: file too short', 'ERR_DLOPEN_FAILED');
    expect(() => requireFromProgram('gone', broken)).toThrow(broken);
  });

  test('a package that is not installed is not found', () => {
    const absent = failure("Cannot find module 'gone'", 'MODULE_NOT_FOUND');
    expect(() => requireFromProgram('gone', absent)).toThrow(/Cannot find module 'gone'/);
  });
});
