/** The example of a gate: two processes with one Redis, a program that pays, and a browser with ALTCHA's widget. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { browserProgram, startBrowser } from '../../scripts/browser.cjs';
import { startRedis, type TestRedis } from '../gate/redis.ts';
import { SECRET, solved } from '../gate/support.ts';
import { describeWithPrograms } from '../ops/programs.ts';
import { execute, ROOT } from '../package/install.ts';

describeWithPrograms(
  'The example of a gate',
  ['redis-server', browserProgram() ?? 'chromium-headless-shell'],
  () => {
    let redis: TestRedis;
    let browser: Browser;
    const servers: ChildProcess[] = [];
    const urls: string[] = [];

    beforeAll(async () => {
      redis = await startRedis();
      for (let index = 0; index < 2; index++) {
        const server = spawn(process.execPath, [join(ROOT, 'examples/gate/server.mjs'), '0', redis.socket], {
          env: { ...process.env, GATE_SECRET: SECRET },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        servers.push(server);
        const [line] = await once(server.stdout!, 'data');
        urls.push(/http:\S+/.exec(String(line))![0]);
      }
      browser = await startBrowser();
    });

    afterAll(async () => {
      await browser?.close();
      for (const server of servers) {
        const ended = once(server, 'exit');
        server.kill();
        await ended;
      }
      await redis?.stop();
    });

    test('lets a program pay at either process', () => {
      for (const url of urls) {
        const { code, output } = execute(process.execPath, ['examples/gate/client.mjs', url], { cwd: ROOT });
        expect({ code, output }).toMatchObject({
          code: 0,
          output: expect.stringMatching(/^201 .*a book.*\npaid \d+ hashes/),
        });
      }
    });

    test('takes a proof at one of the two processes only', async () => {
      const send = (url: string, authorization?: string) =>
        fetch(`${url}/orders`, {
          method: 'POST',
          body: '{"item":1}',
          headers: { 'content-type': 'application/json', ...(authorization && { authorization }) },
        });
      const { challenges } = (await (await send(urls[0]!)).json()) as {
        challenges: Parameters<typeof solved>[0];
      };
      const proof = await solved(challenges);
      const statuses = [];
      for (const url of [urls[1]!, urls[0]!, urls[1]!]) statuses.push((await send(url, proof)).status);
      expect(statuses).toEqual([201, 403, 403]);
    });

    test.each([
      ['1', '/'],
      ['2', '/v2'],
    ])(
      "lets a browser with ALTCHA's widget and a challenge of version %s pass, once",
      async (version, path) => {
        const page = await browser.newPage();
        const sent: string[] = [];
        page.on('request', (request) => {
          if (request.method() === 'POST') sent.push(request.postData() ?? '');
        });
        await page.goto(`${urls[0]}${path}`);
        await page.locator('altcha-widget label').first().click();
        await page.locator('input[name=altcha]').waitFor({ state: 'attached' });
        await page.waitForFunction('document.querySelector("input[name=altcha]")?.value');
        await page.getByRole('button', { name: 'Sign up' }).click();
        await page.waitForURL('**/signup');
        expect(await page.textContent('body')).toBe('Welcome, Ada');
        await page.close();
        const payload = new URLSearchParams(sent.at(-1)).get('altcha')!;
        const answer = JSON.parse(Buffer.from(payload, 'base64').toString());
        expect('solution' in answer).toBe(version === '2');

        const headers = { 'content-type': 'application/x-www-form-urlencoded' };
        const replayed = await fetch(`${urls[1]}/signup`, { method: 'POST', headers, body: sent.at(-1)! });
        expect({ status: replayed.status, body: await replayed.json() }).toMatchObject({
          status: 403,
          body: { reason: 'replayed' },
        });
        const without = await fetch(`${urls[1]}/signup`, {
          method: 'POST',
          headers,
          body: 'name=Ada&altcha=',
        });
        expect(without.status).toBe(401);
      },
    );
  },
);
