import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { CHECKS } from '../../ts/diagnostics/checks/index.ts';
import type { Report } from '../../ts/diagnostics/report/report.ts';
import { Running, run } from './run.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-diagnose-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

function reportIn(folder: string): Report {
  return JSON.parse(readFileSync(path.join(cwd, folder, 'report.json'), 'utf8'));
}

test('qanto diagnose --quick runs every quick check within its time limit, and its exit code shows the verdict', async () => {
  const { code, stderr } = await run(['diagnose', '--quick', '--out', 'here'], { cwd });
  const report = reportIn('here');
  expect(stderr).toMatch(/^measuring for about \d+ s, at most 60 s\n/);
  expect(code).toBe(report.verdict === 'fail' ? 1 : 0);
  // On a busy machine the time may be over before every check has run; the report is then incomplete.
  const planned = CHECKS.filter(({ seconds }) => seconds.quick > 0).map(({ id }) => id);
  const ids = report.sections.map(({ id }) => id);
  expect(ids).toEqual(report.complete ? planned : planned.slice(0, ids.length));
  for (const { figures, findings, id } of report.sections.slice(0, report.complete ? undefined : -1)) {
    expect({ id, figures: figures.length, findings: findings.length }).not.toMatchObject({ figures: 0 });
    expect(findings).not.toHaveLength(0);
    for (const { samples, values } of figures) {
      expect(samples).toBeGreaterThan(0);
      expect(Object.values(values).every(Number.isFinite)).toBe(true);
    }
  }
  expect(existsSync(path.join(cwd, 'here/report.md'))).toBe(true);
  expect(readFileSync(path.join(cwd, 'here/report.html'), 'utf8')).toContain('<svg');
});

test('Ctrl-C ends qanto diagnose with exit code 130 and a partial report, in ASCII with LC_ALL=C', async () => {
  const variables = { LC_ALL: 'C' };
  const running = new Running(['diagnose', '--quick', '--out', 'here'], { cwd, variables });
  await running.errorOutput(/measuring/);
  running.child.kill('SIGINT');
  const { code, stdout, stderr } = await running.finished;
  expect(code).toBe(130);
  expect(stdout).toContain('The report is partial');
  expect(stdout + stderr).not.toMatch(/\P{ASCII}/u);
  expect(reportIn('here').complete).toBe(false);
});
