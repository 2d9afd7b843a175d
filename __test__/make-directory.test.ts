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

test('what is missing is made, and the topmost of it returned', () => {
  expect(makeDirectory(path.join(folder, 'a', 'b', 'c'))).toBe(path.join(folder, 'a'));
  expect(existsSync(path.join(folder, 'a', 'b', 'c'))).toBe(true);
});

test('a directory that is there stays, and nothing was made', () => {
  mkdirSync(path.join(folder, 'a'));
  expect(makeDirectory(path.join(folder, 'a'))).toBeUndefined();
});

test.each([
  ['in its place', 'file', /EEXIST/],
  ['above it', path.join('file', 'below'), /ENOTDIR|EEXIST/],
])('a file %s is the error of the system', (_, name, error) => {
  writeFileSync(path.join(folder, 'file'), '');
  expect(() => makeDirectory(path.join(folder, name))).toThrow(error);
});
