#!/usr/bin/env node
// Takes the screenshots of the page in docs/view: of a node that mines, with late blocks and a reorganisation, at three sizes and
// in both themes. Run by `npm run docs:screenshots`, or with the path of another folder.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startBrowser } from './browser.cjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = process.argv[2] ? resolve(process.argv[2]) : join(root, 'docs', 'view');
/** The time until there are red blocks and a reorganisation. */
const WARM_UP_MS = 30_000;

/** These views are taken at all sizes, the others only at the first. */
const AT_ALL_SIZES = ['dag', 'block'];

const SIZES = [
  { name: 'wide', width: 1440, height: 900 },
  { name: 'tablet', width: 820, height: 1100 },
  { name: 'phone', width: 360, height: 740 },
];

/** What each picture shows. */
const VIEWS = {
  dag: untilMixed,
  block: async (page) => {
    await page.getByRole('button', { name: 'The red block before (r)' }).click();
    await page.locator('#card .verdict').waitFor();
  },
  work: async (page) => {
    node.stdin.write('search\n');
    await page.getByRole('tab', { name: 'Work' }).click();
    await page.locator('.tile').first().waitFor();
    await page.getByRole('region', { name: 'Jobs' }).getByText('background').first().waitFor();
    await delay(500);
  },
  reorganisation: async (page) => {
    await page.getByRole('tab', { name: 'Reorganisations' }).click();
    await page
      .getByRole('button', { name: 'Show' })
      .nth(await deepest(page))
      .click();
    await page.locator('#banner .key').first().waitFor();
  },
};

mkdirSync(out, { recursive: true });
const node = spawn(process.execPath, [join(root, 'bench', 'lively-node.mjs')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const browser = await startBrowser();
try {
  const [line] = await Promise.race([firstLine(node.stdout), failure(node)]);
  const { link } = JSON.parse(line);
  await delay(WARM_UP_MS);
  for (const colorScheme of ['light', 'dark']) {
    for (const { name, ...viewport } of SIZES) {
      for (const [view, open] of Object.entries(VIEWS)) {
        if (name !== SIZES[0].name && !AT_ALL_SIZES.includes(view)) continue;
        const page = await browser.newPage({ viewport, colorScheme });
        await page.goto(link);
        await page.locator('#numbers dd').first().waitFor();
        await open(page);
        await delay(600);
        const path = join(out, `${view}-${name}-${colorScheme}.png`);
        await page.screenshot({ path });
        await page.close();
        // A palette makes the files a third as long. Without the program they are only longer.
        spawnSync('pngquant', ['--force', '--ext', '.png', '--quality', '80-98', path]);
        console.log(path);
      }
    }
  }
} finally {
  await browser.close();
  node.stdin.end();
}

/** The place in the list of the reorganisation that took most blocks from the chain. */
async function deepest(page) {
  const depths = await page.locator('#panel-reorgs tbody td:nth-child(2)').allInnerTexts();
  return depths.map(Number).reduce((best, depth, index, all) => (depth > all[best] ? index : best), 0);
}

/** Waits until blocks of all colours are among the newest. */
async function untilMixed(page) {
  const isMixed = () => {
    const last = window.qanto.live.blocks.slice(-12);
    return last.some(({ colour }) => colour === 'red') && last.filter(({ isChain }) => !isChain).length > 4;
  };
  while (!(await page.evaluate(isMixed))) await delay(100);
}

async function firstLine(stream) {
  for await (const line of createInterface({ input: stream })) return [line];
  return [];
}

async function failure(child) {
  const code = await new Promise((settle) => child.once('exit', settle));
  throw new Error(`the node ended with code ${code}`);
}
