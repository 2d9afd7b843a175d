import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { ServerConfig } from '../../ts/node/index.ts';

/** What the nodes of two workers of a cluster report, of which the first opens its node before the second. */
function openInWorkers(server: ServerConfig): { port: number; code?: string }[] {
  const script = path.join(__dirname, 'cluster-nodes.mjs');
  return JSON.parse(execFileSync(process.execPath, [script, JSON.stringify(server)], { encoding: 'utf8' }));
}

test('Two workers of a cluster whose nodes may use any port have different ports', () => {
  const [first, second] = openInWorkers({ port: 0 });
  expect(second!.code).toBeUndefined();
  expect(second!.port).not.toBe(first!.port);
});

test('A node in a worker of a cluster is refused the port of the node in another worker', () => {
  const [{ port }] = openInWorkers({ port: 0 }) as [{ port: number }];
  const [first, second] = openInWorkers({ port });
  expect(first).toEqual({ port });
  expect(second).toMatchObject({ code: 'ERR_QANTO_ADDRESS_IN_USE', port });
});

test('A node in a worker of a cluster uses another port if the default port belongs to another worker', () => {
  const [first, second] = openInWorkers({});
  expect(second!.code).toBeUndefined();
  expect(second!.port).not.toBe(first!.port);
});
