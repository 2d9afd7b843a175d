import { Command } from 'commander';
import { addNotes } from './help.ts';
import { addStoreOptions, storeConfigOf } from './store-options.ts';

/** `qanto view`: prints a link to the page of a running node. */
export function viewCommand(): Command {
  const command = new Command('view')
    .description('print a link to the page on which a running node shows its DAG live')
    .option('--json', 'print the result as one JSON object');
  addStoreOptions(command);
  addNotes(
    command,
    [
      'If other machines can reach the server of the node, the link contains a code that works once, within ten minutes. The ' +
        'browser that opens the link may then see the page for seven days, or until the node is started again.',
      'The command asks the node through the control socket in its data directory.',
    ],
    ['qanto view --data-dir ./chain', 'xdg-open "$(qanto view)"'],
  );
  command.action(async () => {
    const config = await storeConfigOf(command);
    const { printViewLink } = await import('./view-run.ts');
    await printViewLink(config.dataDir, command.opts<{ json?: true }>().json === true);
  });
  return command;
}
