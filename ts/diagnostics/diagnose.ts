/** Runs the checks and writes the report in three formats. */

import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeDirectory } from 'qanto/internal';
import { cgroupCores } from './cgroup.ts';
import type { Check } from './check.ts';
import { checkoutCommit, checkoutRoot } from './checkout.ts';
import { measuredMachine } from './machine.ts';
import { reportHtml } from './report/html.ts';
import { reportMarkdown } from './report/markdown.ts';
import type { Report } from './report/report.ts';
import { type RunOptions, runChecks } from './run-checks.ts';

export async function diagnose(
  checks: readonly Check[],
  options: Omit<RunOptions, 'machine'>,
): Promise<Report> {
  const here = measuredMachine();
  const startedAt = new Date().toISOString();
  const startedAtMs = performance.now();
  const run = await runChecks(checks, { ...options, machine: here });
  const root = checkoutRoot();
  const commit = root && checkoutCommit(root);
  const cores = cgroupCores();
  return {
    startedAt,
    durationSeconds: (performance.now() - startedAtMs) / 1000,
    quick: options.quick,
    complete: run.complete,
    machine: here,
    ...(cores !== undefined && { cgroupCores: cores }),
    build: { from: root ? 'checkout' : 'package', ...(commit && { commit }) },
    verdict: run.verdict,
    sections: run.sections,
  };
}

/** Writes report.json, report.md and report.html into the folder, which is created if it does not exist. */
export async function writeReport(report: Report, folder: string): Promise<void> {
  makeDirectory(folder);
  await writeFile(path.join(folder, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(path.join(folder, 'report.md'), reportMarkdown(report));
  await writeFile(path.join(folder, 'report.html'), reportHtml(report));
}
