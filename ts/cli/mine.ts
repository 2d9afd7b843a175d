import { Command } from 'commander';
import { InvalidArgumentError } from 'qanto';
import { configKeys } from '../config/index.ts';
import { addConfigOptions, configOf, keyFlags } from './config-options.ts';
import { CommandLineError } from './errors.ts';
import { namingFlags, smallInteger } from './flag-values.ts';
import { addNotes } from './help.ts';

/** The only key that means something with `--connect`. */
const THREADS = 'miner.threads';

interface MineFlags {
  readonly json?: boolean;
  readonly config?: string;
  readonly connect?: string;
  readonly user?: string;
  readonly password?: string;
}

/** `qanto mine`: runs a node without its server, or mines for a Stratum server. */
export function mineCommand(stdoutClosed: AbortSignal): Command {
  const command = new Command('mine')
    .description('mine into a local store, without a server')
    .option('--json', 'print the status as JSON, one object per line')
    .option(
      '--connect <url>',
      'mine for this Stratum server: stratum+tcp://HOST:PORT, or stratum+ssl:// for TLS',
    )
    .option('--user <name>', 'the user at the server; for a node ADDRESS, or ADDRESS.WORKER')
    .option('--password <text>', 'the password at the server (default: x)');
  addConfigOptions(command, { without: ['server'] });
  addNotes(
    command,
    [
      'This is "qanto node" without its server: it has the same store, the same status and the same configuration keys. ' +
        'Ctrl-C stops it, and every block is kept.',
      'With --connect, there is no store and no configuration: the machine hashes for a server. Only --user, --password, ' +
        '--threads and --json go with it.',
    ],
    [
      'qanto mine --blocks 20                  mine 20 blocks on the devnet and stop',
      'qanto mine --blocks 5 --json | tail -1  print only the summary, as JSON',
      'qanto mine --connect stratum+tcp://HOST:3333 --user ADDRESS.rig1  mine for a server',
    ],
  );
  command.action(async () => {
    const flags = command.opts<MineFlags>();
    const json = flags.json === true;
    if (flags.connect !== undefined) return connect(command, flags.connect, { json, stdoutClosed });
    for (const name of ['user', 'password'] as const) {
      if (flags[name] !== undefined) throw new CommandLineError(`--${name} needs --connect`, HELP);
    }
    const resolved = await configOf(command);
    const { runNode } = await import('./node-run.ts');
    const config = { ...resolved.config, server: { ...resolved.config.server, enabled: false } };
    await runNode({ ...resolved, config }, { json, stdoutClosed });
  });
  return command;
}

const HELP = 'qanto mine --help';

async function connect(
  command: Command,
  url: string,
  options: { readonly json: boolean; readonly stdoutClosed: AbortSignal },
): Promise<void> {
  const { user, password, config } = command.opts<MineFlags>();
  const { [THREADS]: threads, ...others } = keyFlags(command);
  const flagOf = (key: string) => configKeys.find((known) => known.key === key)?.flagName;
  const [other] = Object.keys(others).filter((key) => others[key] !== undefined);
  const refused = config === undefined ? other && flagOf(other) : '--config';
  if (refused)
    throw new CommandLineError(`${refused} means nothing with --connect, which has no store`, HELP);
  if (user === undefined) throw new CommandLineError('--connect needs --user', HELP);
  const { mineConnect } = await import('./mine-connect.ts');
  const threadsFlag = String(flagOf(THREADS));
  const given = {
    url,
    user,
    password,
    ...(threads !== undefined && { threads: smallInteger(threadsFlag, String(threads)) }),
  };
  try {
    await namingFlags({ user, password, threads }, () => mineConnect(given, options));
  } catch (error) {
    if (!(error instanceof InvalidArgumentError) || error.argument !== 'options.url') throw error;
    const flag = '--connect';
    throw new InvalidArgumentError(flag, url, error.problem.replaceAll(error.argument, flag));
  }
}
