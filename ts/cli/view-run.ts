import { ControlClient } from '../node/control/client.ts';
import { NoPageError } from '../node/control/errors.ts';
import { interruptible } from './interruptible.ts';
import { jsonLine, printLine } from './output.ts';

/** Asks the node that uses a data directory for a link to its page, and prints it. */
export async function printViewLink(directory: string, json: boolean): Promise<void> {
  await interruptible(async (signal) => {
    const found = await ControlClient.connect(directory);
    if (!('client' in found)) throw new NoPageError(directory, found.problem, found.cause);
    const { client } = found;
    try {
      const { link } = (await client.call('view.link', {}, { signal })) as { link: string | null };
      if (link === null)
        throw new NoPageError(directory, 'server.enabled or server.view of the node is false');
      printLine(process.stdout, json ? jsonLine({ link }) : link);
    } finally {
      client.close();
    }
  });
}
