import { Command } from 'commander';
import { addNotes } from './help.ts';

interface Flags {
  readonly out: string;
  readonly quick?: true;
  readonly flamegraph?: true;
  readonly json?: true;
}

/** `qanto diagnose`: measures performance and cancellation on this machine and judges them. */
export function diagnoseCommand(): Command {
  const command = new Command('diagnose')
    .description('measure performance and cancellation on this machine, judge them, and write a report')
    .option('--out <folder>', 'where report.md, report.html and report.json go', 'qanto-report')
    .option('--quick', 'at most a minute, with fewer samples')
    .option(
      '--flamegraph',
      'also record flamegraphs of three scenarios; needs inferno (cargo install inferno) and, for Rust frames, perf',
    )
    .option('--json', 'print the report as JSON instead of its verdicts');
  addNotes(
    command,
    [
      'Takes at most 10 minutes, with flamegraphs 11. Use the machine for nothing else meanwhile; what others use of it ' +
        'is measured too, and stands in the report. Ctrl-C stops and writes what there is. Exit code 1 when a check fails.',
    ],
    ['qanto diagnose --quick', 'qanto diagnose --out report --flamegraph'],
  );
  command.action(async () => {
    const { out, quick, flamegraph, json } = command.opts<Flags>();
    // Only now: the other commands need not load what measures.
    const { runDiagnose } = await import('./diagnose-run.ts');
    process.exitCode = await runDiagnose({
      out,
      quick: quick === true,
      flamegraph: flamegraph === true,
      json: json === true,
    });
  });
  return command;
}
