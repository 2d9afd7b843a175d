import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Running, run } from './run.ts';

let cwd: string;
let node: Running | undefined;

const PLACE = ['--network', 'regtest', '--data-dir', 'chain'];

beforeEach(() => {
  cwd = mkdtempSync(path.join(tmpdir(), 'qanto-view-command-'));
});

afterEach(async () => {
  node?.child.kill('SIGKILL');
  await node?.finished;
  node = undefined;
  rmSync(cwd, { recursive: true });
});

async function start(...args: string[]): Promise<void> {
  node = new Running(['node', ...PLACE, '--server-port', '0', '--json', ...args], { cwd });
  await node.lines(1);
}

const view = (...args: string[]) => run(['view', ...PLACE, ...args], { cwd });

test('qanto view prints a link that leads to the page of the running node', async () => {
  await start();
  const { code, stdout } = await view();
  expect(code).toBe(0);
  const response = await fetch(stdout.trim());
  expect({ status: response.status, text: await response.text() }).toMatchObject({
    status: 200,
    text: expect.stringContaining('<title>qanto</title>'),
  });
});

test('qanto view prints a new code each time if other machines can reach the node, and no log line has it', async () => {
  await start('--server-host', '0.0.0.0');
  const links = [await view('--json'), await view('--json')].map(({ stdout }) => JSON.parse(stdout).link);
  const codes = links.map((link: string) => new URL(link).hash);
  expect(codes).toEqual([
    expect.stringMatching(/^#code=[\w-]{22}$/),
    expect.stringMatching(/^#code=[\w-]{22}$/),
  ]);
  expect(codes[0]).not.toBe(codes[1]);
  node!.child.kill('SIGTERM');
  const { stdout, stderr } = await node!.finished;
  expect(stderr).toContain('the page');
  expect(`${stdout}${stderr}`).not.toContain('code=');
});

test('qanto view fails if no node is running, or the node serves no page', async () => {
  expect(await view()).toMatchObject({ code: 1, stderr: expect.stringContaining('ERR_QANTO_NO_PAGE') });
  await start('--server-view', 'false');
  expect(await view()).toMatchObject({ code: 1, stderr: expect.stringContaining('server.view') });
});
