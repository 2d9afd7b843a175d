import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { cgroupCores } from '../../ts/diagnostics/cgroup.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'qanto-cgroup-'));
});

afterEach(() => {
  rmSync(root, { recursive: true });
});

test.each([
  ['250000 100000\n', 2.5],
  ['max 100000\n', undefined],
])('A control group of version 2 with cpu.max %j allows %p cores', (content, cores) => {
  writeFileSync(path.join(root, 'cpu.max'), content);
  expect(cgroupCores(root)).toBe(cores);
});

test.each([
  ['150000', 1.5],
  ['-1', undefined],
])('A control group of version 1 with a quota of %s allows %p cores', (quota, cores) => {
  mkdirSync(path.join(root, 'cpu'));
  writeFileSync(path.join(root, 'cpu/cpu.cfs_quota_us'), quota);
  writeFileSync(path.join(root, 'cpu/cpu.cfs_period_us'), '100000');
  expect(cgroupCores(root)).toBe(cores);
});

test('A system without control groups has no limit', () => {
  expect(cgroupCores(root)).toBeUndefined();
});
