import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { makeDirectory, mustBe } from 'qanto/internal';
import type { Check } from '../diagnostics/check.ts';
import { flamegraphs } from '../diagnostics/checks/flamegraphs.ts';
import { CHECKS } from '../diagnostics/checks/index.ts';
import { diagnose, writeReport } from '../diagnostics/diagnose.ts';
import { inferno } from '../diagnostics/flamegraph/tools.ts';
import { conclusion, type Report } from '../diagnostics/report/report.ts';
import { secondsOf } from '../diagnostics/run-checks.ts';
import { EXIT, stoppedExitCode } from './exit-codes.ts';
import { wrapped } from './help.ts';
import { interruptible } from './interruptible.ts';
import { printLine } from './output.ts';
import { progressBar } from './progress-bar.ts';
import type { StopSignal } from './signals.ts';
import { columnsOf } from './terminal.ts';

/** Upper limits on every machine. */
const LIMIT_SECONDS = { quick: 60, full: 600 };
const FLAMEGRAPH_LIMIT_SECONDS = 60;
/** Indentation of the text after a verdict. */
const INDENT = ' '.repeat(10);

export interface DiagnoseOptions {
  readonly out: string;
  readonly quick: boolean;
  readonly flamegraph: boolean;
  readonly json: boolean;
  /** Path of the addon that flamegraphs are recorded with. Default: the installed addon. */
  readonly profilingBinary?: string;
}

/**
 * Runs the checks, writes the report and prints its verdicts. A signal stops the measurement; the results so far are
 * written. Resolves to the exit code.
 */
export async function runDiagnose(
  { out, quick, flamegraph, json, profilingBinary }: DiagnoseOptions,
  always: readonly Check[] = CHECKS,
): Promise<number> {
  // Checked first, so that a missing tool is reported before minutes of measuring.
  if (flamegraph) inferno('inferno-flamegraph');
  requireDirectory(out);
  const checks = flamegraph ? [...always, flamegraphs(out, profilingBinary)] : always;
  const limitSeconds =
    (quick ? LIMIT_SECONDS.quick : LIMIT_SECONDS.full) + (flamegraph ? FLAMEGRAPH_LIMIT_SECONDS : 0);
  const planned = checks.reduce((sum, check) => sum + secondsOf(check, quick), 0);
  process.stderr.write(
    `measuring for about ${Math.min(planned, limitSeconds)} s, at most ${limitSeconds} s\n`,
  );
  const bar = progressBar();
  return await interruptible(async (signal) => {
    const report = await diagnose(checks, {
      quick,
      limitMs: 1000 * limitSeconds,
      signal,
      onProgress: (done, title) => bar.show(done, title),
    }).finally(() => bar.end());
    await writeReport(report, out);
    printLine(process.stdout, json ? JSON.stringify(report, null, 2) : summary(report, out));
    const interruptedBy: StopSignal | undefined = signal.reason;
    if (interruptedBy) return stoppedExitCode(interruptedBy);
    return report.verdict === 'fail' ? EXIT.failed : EXIT.ok;
  });
}

function requireDirectory(out: string): void {
  try {
    makeDirectory(out);
    accessSync(out, constants.W_OK);
  } catch (error) {
    throw mustBe('--out', out, `a writable directory (${(error as Error).message})`);
  }
}

/** The verdicts with their advice, wrapped to the width of the terminal. */
function summary(report: Report, out: string): string {
  const columns = columnsOf(process.stdout) ?? Number.POSITIVE_INFINITY;
  const behindVerdict = (text: string) =>
    wrapped(text, columns - INDENT.length).replaceAll('\n', `\n${INDENT}`);
  const lines = report.sections.flatMap(({ title, findings }) => [
    title,
    ...findings.flatMap(({ verdict, statement, advice }) => [
      `  ${verdict.padEnd(INDENT.length - 2)}${behindVerdict(statement)}`,
      ...(advice && verdict !== 'good' ? [INDENT + behindVerdict(advice)] : []),
    ]),
  ]);
  const files = `The figures are in ${path.join(out, 'report.html')}, report.md and report.json.`;
  return `${lines.join('\n')}\n\n${wrapped(conclusion(report), columns)}\n${wrapped(files, columns)}`;
}
