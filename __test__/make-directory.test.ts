import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { makeDirectory } from '../ts/make-directory.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-directory-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('Missing directories are created, and the path of the topmost one is returned', () => {
  expect(makeDirectory(path.join(folder, 'a', 'b', 'c'))).toBe(path.join(folder, 'a'));
  expect(existsSync(path.join(folder, 'a', 'b', 'c'))).toBe(true);
});

test('An existing directory is kept, and no path is returned', () => {
  mkdirSync(path.join(folder, 'a'));
  expect(makeDirectory(path.join(folder, 'a'))).toBeUndefined();
});

test.each([
  ['in its place', 'file', /EEXIST/],
  ['above it', path.join('file', 'below'), /ENOTDIR|EEXIST/],
])('A file %s causes the error of the system', (_, name, error) => {
  writeFileSync(path.join(folder, 'file'), '');
  expect(() => makeDirectory(path.join(folder, name))).toThrow(error);
});
