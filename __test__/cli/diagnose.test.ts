import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { runDiagnose } from '../../ts/cli/diagnose-run.ts';
import type { Check, Verdict } from '../../ts/diagnostics/check.ts';
import type { Report } from '../../ts/diagnostics/report/report.ts';

let out: string;
let printed: string;

beforeEach(() => {
  out = path.join(mkdtempSync(path.join(tmpdir(), 'qanto-diagnose-')), 'report');
  printed = '';
  jest.spyOn(process.stderr, 'write').mockReturnValue(true);
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(path.dirname(out), { recursive: true });
});

function injected(verdict: Verdict, measuring = () => {}): Check {
  return {
    id: 'injected',
    title: 'Injected',
    method: 'by hand',
    seconds: { quick: 1, full: 1 },
    measure: async () => {
      measuring();
      return { figures: [], findings: [{ verdict, statement: 'it is so', advice: 'do this' }] };
    },
  };
}

const options = () => ({ out, quick: true, flamegraph: false, json: false });
const written = (): Report => JSON.parse(readFileSync(path.join(out, 'report.json'), 'utf8'));

test.each<[Verdict, number]>([
  ['good', 0],
  ['unknown', 0],
  ['warn', 0],
  ['fail', 1],
])('If the worst verdict of all checks is %s, the exit code is %d', async (verdict, code) => {
  expect(await runDiagnose(options(), [injected('good'), injected(verdict)])).toBe(code);
});

test('The lines of the verdicts are not longer than a narrow terminal is wide', async () => {
  const before = process.env['COLUMNS'];
  process.env['COLUMNS'] = '24';
  const long: Check = {
    ...injected('warn'),
    measure: async () => ({
      figures: [],
      findings: [{ verdict: 'warn', statement: 'a b '.repeat(20), advice: 'c d '.repeat(20) }],
    }),
  };
  await runDiagnose({ ...options(), out: path.join(out, 'r') }, [long]).finally(() => {
    if (before === undefined) delete process.env['COLUMNS'];
    else process.env['COLUMNS'] = before;
  });
  const verdicts = printed.split('\n\n')[0]!.split('\n');
  expect(verdicts.length).toBeGreaterThan(10);
  expect(Math.max(...verdicts.map((line) => line.length))).toBeLessThanOrEqual(24);
});

test('A directory that is not writable is rejected before anything is measured', async () => {
  const measuring = jest.fn();
  writeFileSync(`${path.dirname(out)}/file`, '');
  const refused = runDiagnose({ ...options(), out: `${path.dirname(out)}/file` }, [
    injected('good', measuring),
  ]);
  await expect(refused).rejects.toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: '--out' });
  expect(measuring).not.toHaveBeenCalled();
});

test('The report is written in three formats, and its verdicts are printed', async () => {
  await runDiagnose(options(), [injected('fail')]);
  expect(written().sections[0]?.findings[0]?.statement).toBe('it is so');
  for (const form of ['report.md', 'report.html']) {
    expect(readFileSync(path.join(out, form), 'utf8')).toContain('it is so');
  }
  expect(printed).toMatch(/fail +it is so\n +do this/);
});

test('With --json, the report itself is printed', async () => {
  await runDiagnose({ ...options(), json: true }, [injected('good')]);
  expect(JSON.parse(printed)).toEqual(written());
});

test('A signal ends the measurement with exit code 130, and the report says that it is partial', async () => {
  const interrupted = injected('good', () => process.emit('SIGINT', 'SIGINT'));
  expect(await runDiagnose(options(), [interrupted, injected('fail')])).toBe(130);
  expect(written()).toMatchObject({ complete: false, sections: [{ id: 'injected' }] });
  expect(written().sections).toHaveLength(1);
  expect(printed).toContain('The report is partial');
});
