/** Lines of any content: a connection answers each or ends, and nothing else happens. */
import { expect, test } from '@jest/globals';
import { Connection } from '../../ts/stratum/connection.ts';
import { Job } from '../../ts/stratum/job.ts';
import { Sessions } from '../../ts/stratum/sessions.ts';
import { Tally } from '../../ts/stratum/tally.ts';
import { Workers } from '../../ts/stratum/worker.ts';
import { TEST_ADDRESS } from '../../ts/testing.ts';
import { openDag } from '../dag/support.ts';

const LINES = Number(process.env['QANTO_STRATUM_LINES'] ?? 20_000);
const SEED = Number(process.env['QANTO_STRATUM_SEED'] ?? 1);

/** Mulberry32: numbers from 0 to 1 that depend only on the seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const USER = `${TEST_ADDRESS}.rig`;
const METHODS = [
  'mining.subscribe',
  'mining.authorize',
  'mining.submit',
  'mining.configure',
  'mining.suggest_difficulty',
  'mining.extranonce.subscribe',
  'mining.get_transactions',
  'constructor',
  '__proto__',
];
const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1e300, 2 ** 53, '', '1', '00000000', 'ffffffff', '0000000', 'zzzzzzzz', '\ud800'],
  ...[[], {}, [[[]]], { __proto__: 1 }, USER, 'd=0', 'd=1e-9', 'd=1e999', '1fffe000', 'a'.repeat(200)],
  ...[['version-rolling', 'minimum-difficulty', 7, null], { 'version-rolling.mask': '-1' }],
  ...[{ 'version-rolling.mask': 'ffffffff', 'minimum-difficulty.value': '1e-7' }, 'time', 'nonce', 'job'],
];

test('A connection answers each line with an id, or ends with a SyntaxError', async () => {
  const random = seeded(SEED);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)]!;
  const dag = await openDag();
  const job = new Job('job', dag.buildTemplate({ address: TEST_ADDRESS }));
  const time = job.time.toString(16).padStart(8, '0');
  const rule = { sharesPerMinute: 15, minDifficulty: 2 ** -32 };
  const sessions = new Sessions(rule, 2 ** -32);
  const workers = new Workers(100, 10, 0);
  let written: string[] = [];
  let nowMs = 0;
  let blocks = 0;
  const connect = () =>
    new Connection(
      {
        now: () => nowMs,
        session: (id) => sessions.begin(id, nowMs),
        worker: (name) => workers.get(name, nowMs),
        latestJob: () => job,
        job: (id) => (id === job.id ? job : undefined),
        isKnownJob: (id) => id === job.id,
        notifyLine: (_job, address) => `{"id":null,"method":"mining.notify","params":["${address}"]}\n`,
        accepted: async ({ block }) => {
          if (block !== undefined) blocks += 1;
        },
        spend: () => true,
        tally: new Tally(0),
        jobSent: () => {},
        renewJob: () => {},
      },
      { write: (line) => written.push(line), end: () => {} },
    );
  const nonce = () =>
    below(2 ** 32)
      .toString(16)
      .padStart(8, '0');
  /** A message that a miner could send, of which parts may be anything. */
  const message = () => {
    const anything = () => {
      const value = pick(VALUES);
      return value === 'time' ? time : value === 'nonce' ? nonce() : value;
    };
    const method = pick(METHODS);
    const usual = new Map<string, readonly unknown[]>([
      ['mining.submit', [USER, 'job', nonce(), time, nonce()]],
      ['mining.authorize', [USER, 'x']],
    ]);
    const params = [...(usual.get(method) ?? [])];
    for (let changes = below(3); changes > 0; changes -= 1) params[below(7)] = anything();
    return JSON.stringify({ id: below(8) === 0 ? anything() : below(9), method, params });
  };
  /** The text with some characters changed, removed or repeated. */
  const damaged = (text: string) => {
    let result = text;
    for (let changes = below(3); changes > 0; changes -= 1) {
      const at = below(result.length);
      const insert = pick(['', '"', '{', ']', '\\', '\u0000', ',', '1', result.slice(at, at + 9)]);
      result = result.slice(0, at) + insert + result.slice(at + below(3));
    }
    return result;
  };

  let connection = connect();
  let answers = 0;
  for (let line = 0; line < LINES; line += 1) {
    nowMs += below(1000);
    const text = below(4) === 0 ? damaged(message()) : message();
    written = [];
    try {
      await connection.receive(text);
      for (const answer of written.map((sent) => JSON.parse(sent))) {
        if (answer.method !== undefined) continue;
        answers += 1;
        expect(Object.keys(answer)).toEqual(['id', 'result', 'error']);
        expect((answer.result === null) === (answer.error !== null)).toBe(true);
      }
    } catch (error) {
      if (!(error instanceof SyntaxError))
        throw new Error(`${text} ended with ${String(error)}`, { cause: error });
      connection.ended();
      if (connection.session !== undefined) sessions.end(connection.session, nowMs);
      connection = connect();
    }
  }
  expect(answers).toBeGreaterThan(LINES / 2);
  expect(blocks).toBeGreaterThan(0);
  expect(workers.status(nowMs).length).toBeLessThanOrEqual(100);
  await dag.close();
});
