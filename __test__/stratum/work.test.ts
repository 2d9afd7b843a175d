/** The difficulties of the accepted shares add up to the hashes that a miner has done, whichever difficulty it uses. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { MemoryStore, type NetworkParams, QantoDag, regtest } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { targetToCompact } from '../../ts/pow/index.ts';
import { Connection } from '../../ts/stratum/connection.ts';
import { Job } from '../../ts/stratum/job.ts';
import { Session } from '../../ts/stratum/session.ts';
import { Tally } from '../../ts/stratum/tally.ts';
import { VariableDifficulty } from '../../ts/stratum/variable-difficulty.ts';
import { Workers } from '../../ts/stratum/worker.ts';
import { digestValue, headerOf, sha256d, targetOf, toNotify } from './support.ts';

const ADDRESS = 'ab'.repeat(32);
/** A share takes 2^6 hashes or 2^9, and a block more than the miner does. */
const EASY = 2 ** -26;
const HARD = 8 * EASY;
const HASHES = 2 ** 15;
const NETWORK: NetworkParams = { ...regtest, name: 'work-test', genesisBits: targetToCompact(1n << 220n) };

let dag: QantoDag;

beforeEach(async () => {
  const environment = seededEnvironment(1);
  dag = await QantoDag.open({ network: NETWORK, store: new MemoryStore(), environment });
});
afterEach(() => dag.close());

/** A connection on which a miner has its first job, with this difficulty. Nothing in it depends on chance. */
async function loggedIn(difficulty: number) {
  const job = new Job('1', dag.buildTemplate({ address: ADDRESS }));
  const workers = new Workers(1, 1, 0);
  const rule = { sharesPerMinute: 15, minDifficulty: EASY };
  const extraNonce1 = Buffer.from('01020304', 'hex');
  const session = new Session('00'.repeat(16), extraNonce1, new VariableDifficulty(rule, difficulty, 0));
  const connection = new Connection(
    {
      now: () => 1,
      session: () => session,
      worker: (name) => workers.get(name, 0),
      latestJob: () => job,
      job: () => job,
      isKnownJob: () => true,
      notifyLine: () => '',
      accepted: async () => {},
      spend: () => true,
      tally: new Tally(0),
      jobSent: () => {},
      renewJob: () => {},
    },
    { write: () => {}, end: () => {} },
  );
  const send = (method: string, ...params: unknown[]) =>
    connection.receive(JSON.stringify({ id: 1, method, params }));
  await send('mining.subscribe');
  await send('mining.authorize', ADDRESS, 'x');
  return { job, send, status: () => workers.status(1)[0]! };
}

test.each([
  ['has one difficulty', EASY, undefined, EASY],
  ['goes on with the difficulty of its job after it was given a harder one', EASY, HARD, EASY],
  ['uses an easier difficulty at once that it was given after its job', HARD, EASY, EASY],
  ['goes on with the difficulty of its job after it was given an easier one', HARD, EASY, HARD],
])('Shares match the work of a miner that %s', async (_what, ofJob, after, used) => {
  const { job, send, status } = await loggedIn(ofJob);
  if (after !== undefined) await send('mining.suggest_difficulty', after);
  const notify = toNotify([job.id, ...job.notifyFields(ADDRESS), true]);
  const extraNonce2 = '00000000';
  const header = headerOf(notify, {
    extraNonce1: '01020304',
    extraNonce2,
    time: notify.time,
    nonce: '00000000',
  });
  const target = targetOf(used);
  let submitted = 0;
  for (let nonce = 0; nonce < HASHES; nonce += 1) {
    header.writeUInt32LE(nonce, 76);
    if (digestValue(sha256d(header)) > target) continue;
    submitted += 1;
    const hex = nonce.toString(16).padStart(8, '0');
    await send('mining.submit', ADDRESS, job.id, extraNonce2, notify.time, hex);
  }
  const { accepted, work } = status();
  expect(accepted).toBe(submitted);
  // Each share of the difficulty of the job counts as this many hashes.
  const hashesOfShare = ofJob * 2 ** 32;
  const expected = HASHES / hashesOfShare;
  const counted = (work * 2 ** 32) / hashesOfShare;
  expect(Math.abs(counted - expected)).toBeLessThan(4 * Math.sqrt(expected));
});
