import { Command } from 'commander';
import { addNotes } from './help.ts';

interface Flags {
  readonly out: string;
  readonly quick?: true;
  readonly flamegraph?: true;
  readonly json?: true;
}

/** `qanto diagnose`: measures performance and cancellation on this machine and writes a report. */
export function diagnoseCommand(): Command {
  const command = new Command('diagnose')
    .description('measure performance and cancellation on this machine, and write a report')
    .option('--out <dir>', 'directory for report.md, report.html and report.json', 'qanto-report')
    .option('--quick', 'take at most one minute, with fewer samples')
    .option(
      '--flamegraph',
      'also record flamegraphs of three scenarios; this needs inferno (cargo install inferno) and, for Rust frames, perf',
    )
    .option('--json', 'print the report as JSON instead of the verdicts');
  addNotes(
    command,
    [
      'Takes at most 10 minutes, or 11 with flamegraphs. Run nothing else on the machine during this time; the report shows ' +
        'how much CPU time other processes used. Ctrl-C stops the measurement and writes the results so far. The exit code ' +
        'is 1 if a check fails.',
    ],
    ['qanto diagnose --quick', 'qanto diagnose --out report --flamegraph'],
  );
  command.action(async () => {
    const { out, quick, flamegraph, json } = command.opts<Flags>();
    // Imported here, because the other commands do not need it.
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
