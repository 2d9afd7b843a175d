/** The page in a real browser, against a node that mines, on the built packages. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { startBrowser } from '../../scripts/browser.cjs';
import { decodeProof, verifyInclusion } from '../../ts/proofs/index.ts';
import type { BlockCard } from '../../ts/view/messages.ts';

const ROOT = path.resolve(__dirname, '../..');
const NODE = path.join(ROOT, 'bench/lively-node.mjs');

/** What the page offers to tests. Its own types need those of a browser. */
interface App {
  colours(): Record<string, { colour: string; isChain: boolean; mergedBy?: string }>;
  closeCard(): void;
  readonly live: { readonly blocks: readonly { readonly hash: string; readonly isChain: boolean }[] };
  readonly selectedBlock?: { readonly x: number; readonly y: number };
  readonly graph: {
    readonly camera: {
      readonly width: number;
      readonly height: number;
      toScreenX(x: number): number;
      toScreenY(y: number): number;
    };
    readonly emphasis: Record<'oldChain' | 'newChain', Set<{ isChain: boolean }> | undefined>;
    readonly model: { readonly blocks: readonly object[] };
  };
}

interface LivelyNode {
  readonly process: ChildProcess;
  readonly url: string;
  readonly link: string;
}

let browser: Browser;
let context: BrowserContext;
let page: Page;
let node: LivelyNode;
let folder: string;
/** What must stay empty: errors of the page, and requests to anywhere but the node. */
let problems: string[];

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(() => browser?.close());

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'qanto-view-'));
  node = await start();
  problems = [];
  context = await browser.newContext({ acceptDownloads: true });
  page = await watched();
});

afterEach(async () => {
  await context?.close();
  await stop(node);
  rmSync(folder, { recursive: true, force: true });
});

/** A tab whose errors and requests are recorded. */
async function watched(): Promise<Page> {
  const tab = await context.newPage();
  tab.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  tab.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
  });
  tab.on('request', (request) => {
    if (!request.url().startsWith(node.url)) problems.push(`request: ${request.url()}`);
  });
  return tab;
}

async function start(...args: string[]): Promise<LivelyNode> {
  const child = spawn(process.execPath, [NODE, '--data-dir', folder, '--quiet-reorganisations', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout! });
  const line = await new Promise<string>((resolve, reject) => {
    lines.once('line', resolve);
    child.once('exit', (code) => reject(new Error(`the node ended with code ${code}`)));
  });
  return { process: child, ...(JSON.parse(line) as { url: string; link: string }) };
}

async function stop({ process: child }: LivelyNode): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.stdin!.end();
  await ended;
}

/** Opens the page, and waits until it is connected. */
async function open(tab = page): Promise<void> {
  await tab.goto(node.link);
  await tab.locator('#connection[data-state="live"]').waitFor();
}

function inPage<Result>(read: (app: App) => Result): Promise<Result> {
  return page.evaluate(`(${read.toString()})(window.qanto)`) as Promise<Result>;
}

/** Waits until the page holds `count` blocks of a colour, each merged by a block of the chain. */
async function settled(colour: 'blue' | 'red', count: number): Promise<string[]> {
  for (;;) {
    const colours = await inPage((app) => app.colours());
    const found = Object.entries(colours).filter(
      ([, block]) => block.colour === colour && block.mergedBy !== undefined && block.mergedBy !== 'next',
    );
    if (found.length >= count) return found.map(([hash]) => hash);
    await page.waitForTimeout(100);
  }
}

async function card(hash: string): Promise<BlockCard> {
  return (await (await fetch(`${node.url}/view/blocks/${hash}`)).json()) as BlockCard;
}

/** Waits for a block one of whose payloads has this text. */
async function blockWith(text: string): Promise<string> {
  for (;;) {
    for (const hash of await settled('blue', 1)) {
      const payloads = (await card(hash)).contents?.payloads ?? [];
      if (payloads.some(({ hex }) => Buffer.from(hex, 'hex').toString().includes(text))) return hash;
    }
  }
}

test('The colours that the page shows are those of the engine', async () => {
  await open();
  await settled('red', 3);
  // The page learns of a change up to a tenth of a second after the node, so it is asked before and well after.
  const compared = new Set<string>();
  while (compared.size < 40 || ![...compared].some((entry) => entry.endsWith('red'))) {
    const before = await inPage((app) => app.colours());
    const engine = await Promise.all(
      Object.keys(before).map(async (hash) => ({ ...(await card(hash)), hash })),
    );
    await page.waitForTimeout(500);
    const after = await inPage((app) => app.colours());
    for (const { hash, colour, isChainBlock } of engine) {
      if (JSON.stringify(before[hash]) !== JSON.stringify(after[hash])) continue;
      const shown = before[hash]!;
      if (colour?.mergedBy === undefined || shown.mergedBy === 'next') continue;
      expect({ hash, ...shown }).toEqual({
        hash,
        colour: colour.colour,
        isChain: isChainBlock,
        mergedBy: colour.mergedBy,
      });
      compared.add(`${hash} ${colour.colour}`);
    }
  }
  expect(problems).toEqual([]);
});

test('The next red block is found, and its card says which rule it breaks', async () => {
  await open();
  await settled('red', 1);
  await page.locator('#graph').focus();
  let colour: BlockCard['colour'];
  do {
    await page.keyboard.press('r');
    await page.locator('#card .verdict').waitFor();
    ({ colour } = await card(new URL(page.url()).hash.slice(1)));
    // Another selected chain may have merged the block as a blue since it was found.
  } while (colour?.colour !== 'red');
  await page.locator('#card .verdict[data-colour="red"]').waitFor();
  expect(colour).toMatchObject({ rule: expect.any(String) });
  for (const blue of colour!.because!) {
    expect(await page.locator(`#card .verdict a[title="${blue}"]`).count()).toBe(1);
  }
  // The link of the block opens it in another tab.
  const other = await watched();
  await other.goto(page.url());
  await other.locator('#card .verdict[data-colour="red"]').waitFor();
  await page.keyboard.press('Escape');
  expect(await page.locator('#card').isHidden()).toBe(true);
  expect(problems).toEqual([]);
});

test.each([1440, 360])('The selected block is in view beside its card, %i pixels wide', async (width) => {
  await page.setViewportSize({ width, height: 740 });
  await open();
  await settled('blue', 12);
  await page.locator('#graph').focus();
  // This selects the newest block of the chain, which is where the card opens.
  await page.keyboard.press('ArrowRight');
  await page.locator('#card .verdict').waitFor();
  const isInView = () =>
    inPage(({ graph: { camera }, selectedBlock }) => {
      const [x, y] = [camera.toScreenX(selectedBlock!.x), camera.toScreenY(selectedBlock!.y)];
      return x > 0 && x < camera.width && y > 0 && y < camera.height;
    });
  while (!(await isInView())) await page.waitForTimeout(50);
  const card = (await page.locator('#card').boundingBox())!;
  const canvas = (await page.locator('#graph').boundingBox())!;
  const free = await inPage(({ graph: { camera } }) => ({ width: camera.width, height: camera.height }));
  const isBeside = canvas.x + free.width <= card.x + 1;
  const isAbove = canvas.y + free.height <= card.y + 1;
  expect(isBeside || isAbove).toBe(true);
});

test('A payload of markup is shown as text, and invisible characters are escaped', async () => {
  await open();
  const marked = await blockWith('<script>');
  await page.evaluate(`window.qanto.select(${JSON.stringify(marked)})`);
  const shown = page.locator('#card pre.text', { hasText: '<script>' });
  await shown.waitFor();
  expect(await page.locator('#card script, #card img').count()).toBe(0);
  expect(await page.title()).toBe('qanto lively');
  const hidden = await blockWith('\u202e');
  await page.evaluate(`window.qanto.select(${JSON.stringify(hidden)})`);
  await page.locator('#card pre.text', { hasText: '\\u{202e}' }).waitFor();
  const text = await page.locator('#card').innerText();
  expect([text.includes('\u202e'), text.includes('\u0007')]).toEqual([false, false]);
  expect(problems).toEqual([]);
});

test('A proof of inclusion is downloaded and can be verified', async () => {
  await open();
  const [hash] = await settled('blue', 10);
  await page.evaluate(`window.qanto.select(${JSON.stringify(hash)})`);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Prove inclusion', exact: true }).click();
  const file = await (await downloading).path();
  const proof = decodeProof(new Uint8Array(readFileSync(file)));
  const verify = (sink: string) => {
    try {
      return [verifyInclusion(proof, sink)];
    } catch {
      return [];
    }
  };
  let verified: ReturnType<typeof verify> = [];
  // The proof leads to the block that is the node's sink, of which the page may hear a moment later.
  while (verified.length === 0) {
    const sinks = await inPage((app) => app.live.blocks.map(({ hash }) => hash));
    verified = sinks.flatMap(verify);
    await page.waitForTimeout(50);
  }
  expect(verified).toMatchObject([{ hash }]);
  expect(problems).toEqual([]);
});

test('A reorganisation is listed, and its two chains are shown', async () => {
  await open();
  await settled('blue', 8);
  node.process.stdin!.write('reorganise\n');
  await page.getByRole('tab', { name: 'Reorganisations' }).click();
  await page.getByRole('button', { name: 'Show' }).first().click();
  await page
    .locator('#banner')
    .getByText(/^Reorganisation: \d+ left the chain, \d+ joined/)
    .waitFor();
  const chains = () =>
    inPage(({ graph: { emphasis, model } }) => ({
      old: [...(emphasis.oldChain ?? [])].map(({ isChain }) => isChain),
      new: [...(emphasis.newChain ?? [])].map(({ isChain }) => isChain),
      held: model.blocks.length,
    }));
  const after = await chains();
  expect(after.old.length).toBeGreaterThan(0);
  expect(after.new.length).toBeGreaterThan(0);
  expect([after.old.includes(true), after.new.includes(false)]).toEqual([false, false]);
  await page.getByRole('button', { name: 'Before', exact: true }).click();
  const before = await chains();
  expect([before.old.includes(false), before.new.includes(true)]).toEqual([false, false]);
  await page.getByRole('button', { name: 'Back to live' }).click();
  expect(await page.locator('#banner').isHidden()).toBe(true);
  expect(problems).toEqual([]);
});

test('The page continues after the node has been started again', async () => {
  await open();
  await settled('blue', 5);
  const port = new URL(node.url).port;
  await stop(node);
  await page.locator('#connection[data-state="lost"]').waitFor();
  // The browser reports that it cannot connect, or that the node is being opened, and nothing else.
  const expected = /ERR_(CONNECTION_\w+|INCOMPLETE_CHUNKED_ENCODING|EMPTY_RESPONSE)|status of 503/;
  node = await start('--port', port);
  await page.locator('#connection[data-state="live"]').waitFor();
  const before = await inPage((app) => app.live.blocks.length);
  while ((await inPage((app) => app.live.blocks.length)) <= before) await page.waitForTimeout(100);
  expect(problems.filter((problem) => !expected.test(problem))).toEqual([]);
});

test('The jobs that wait and run are shown, and what each hashing thread works on', async () => {
  await open();
  node.process.stdin!.write('search\n');
  await page.getByRole('tab', { name: 'Work' }).click();
  const jobs = page.getByRole('region', { name: 'Jobs' }).locator('tbody tr', { hasText: 'background' });
  await jobs.filter({ hasText: 'blake3' }).waitFor();
  await jobs.filter({ hasText: 'sha256' }).waitFor();
  // The jobs take turns, so the row and the thread are read at once.
  const read = () =>
    page.evaluate(`(() => {
      const texts = (selector) => [...document.querySelectorAll(selector)].map((node) => node.innerText);
      return { threads: texts('.threads li'), rows: texts('[aria-label="Jobs"] tbody tr') };
    })()`) as Promise<{ threads: string[]; rows: string[] }>;
  let held: string[] = [];
  while (held.length === 0) {
    const { threads, rows } = await read();
    expect(threads.length).toBeGreaterThan(0);
    held = threads.flatMap((text, thread) => {
      const job = /^Thread \d+: job (\d+)$/.exec(text)?.[1];
      const row = rows.find((cells) => cells.split('\t')[0] === job);
      return job !== undefined && row !== undefined ? [`${thread} ${row.split('\t')[1]}`] : [];
    });
    await page.waitForTimeout(50);
  }
  for (const entry of held) expect(entry).toMatch(/^(\d+) on threads? (\d+, )*\1(, \d+)*$/);
  expect(problems).toEqual([]);
});

test('The page of a node that other machines can reach needs its link, which works once', async () => {
  await stop(node);
  node = await start('--host', '0.0.0.0');
  const reachable = node.url.replace('0.0.0.0', '127.0.0.1');
  node = { ...node, url: reachable, link: `${reachable}/${new URL(node.link).hash}` };
  await open();
  // The code is not in the address any more, and scripts cannot read the cookie.
  expect(page.url()).toBe(`${reachable}/`);
  expect(await page.evaluate('document.cookie')).toBe('');
  await page.reload();
  await page.locator('#connection[data-state="live"]').waitFor();
  expect(problems).toEqual([]);
  const stranger = await browser.newContext();
  const tab = await stranger.newPage();
  await tab.goto(node.link);
  await tab.locator('#connection[data-state="refused"]').waitFor();
  await stranger.close();
});

test('All views work at 360 pixels without a scroll bar for the page, and can be reached with the keyboard', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await open();
  await settled('blue', 5);
  await page.getByRole('tab', { name: 'DAG' }).focus();
  for (const name of ['Blocks', 'Reorganisations', 'Work']) {
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('tab', { name }).getAttribute('aria-selected')).toBe('true');
    expect(await page.getByRole('tabpanel').count()).toBe(1);
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect({ name, width }).toEqual({ name, width: 360 });
  }
  await page.getByRole('tab', { name: 'Blocks' }).click();
  expect(await page.locator('#panel-blocks tbody tr').count()).toBeGreaterThan(5);
  await page.getByRole('tab', { name: 'DAG' }).click();
  for (const button of await page.locator('#toolbar button').all()) {
    const box = (await button.boundingBox())!;
    expect(box.x).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width).toBeLessThanOrEqual(360);
  }
  expect(problems).toEqual([]);
});
