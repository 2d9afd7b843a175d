import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { MemoryStore, type NetworkParams, QantoDag, regtest } from '../../ts/dag/index.ts';
import { seededEnvironment } from '../../ts/environment.ts';
import { UnsupportedError } from '../../ts/errors.ts';
import { targetToCompact } from '../../ts/pow/index.ts';
import { StratumServer } from '../../ts/stratum/index.ts';
import { openTestDag } from '../../ts/testing.ts';
import {
  headerOf,
  type Message,
  type Notify,
  reversed,
  search,
  sha256d,
  TestMiner,
  targetOf,
  type Work,
} from './support.ts';

const ADDRESS = 'ab'.repeat(32);
/** A block takes 2^14 hashes, and a share 2^8. */
const SHARE_DIFFICULTY = 2 ** -24;
const NETWORK: NetworkParams = { ...regtest, name: 'stratum-test', genesisBits: targetToCompact(1n << 242n) };
const OPTIONS = { port: 0, startDifficulty: SHARE_DIFFICULTY, minDifficulty: SHARE_DIFFICULTY };

let dag: QantoDag;
let server: StratumServer;
let miners: TestMiner[];

beforeEach(async () => {
  dag = await QantoDag.open({
    network: NETWORK,
    store: new MemoryStore(),
    environment: seededEnvironment(1),
  });
  server = await StratumServer.listen(dag, OPTIONS);
  miners = [];
});

afterEach(async () => {
  await Promise.all(miners.map((miner) => miner.close()));
  await server.close();
  await dag.close();
});

function connected(): TestMiner {
  const miner = new TestMiner(server.port);
  miners.push(miner);
  return miner;
}

const isShare = (job: Notify) => {
  const network = networkTargetOf(job);
  return (value: bigint) => value <= targetOf(SHARE_DIFFICULTY) && value > network;
};
const isBlock = (job: Notify) => (value: bigint) => value <= networkTargetOf(job);
const networkTargetOf = (job: Notify) => {
  const bits = Number.parseInt(job.bits, 16);
  return BigInt(bits & 0x7fffff) << BigInt(8 * ((bits >>> 24) - 3));
};

const submit = (miner: TestMiner, user: string, job: Notify, work: Work): Promise<Message> => {
  const { extraNonce2, time, nonce, versionBits } = work;
  const bits = versionBits === undefined ? [] : [versionBits];
  return miner.request('mining.submit', user, job.id, extraNonce2, time, nonce, ...bits);
};

const errorOf = ({ error }: Message) => error?.[0];
const worker = () => server.status().workers[0]!;

describe('A miner that logs in', () => {
  test('gets an extra nonce, then true, its difficulty, and a clean job', async () => {
    const miner = connected();
    const { result } = await miner.subscribe('cpuminer/2.5.1');
    expect(result).toEqual([
      [
        ['mining.set_difficulty', miner.session],
        ['mining.notify', miner.session],
      ],
      expect.stringMatching(/^[0-9a-f]{8}$/),
      4,
    ]);
    await miner.request('mining.authorize', `${ADDRESS}.rig1`, 'x');
    const job = await miner.job();
    expect(miner.messages.slice(1).map(({ method, result }) => method ?? result)).toEqual([
      true,
      'mining.set_difficulty',
      'mining.notify',
    ]);
    expect(miner.difficulty).toBe(SHARE_DIFFICULTY);
    expect(job).toMatchObject({
      coinbase1: ADDRESS,
      coinbase2: '',
      branch: [],
      version: '20000000',
      clean: true,
    });
  });

  test('may authorize before it subscribes', async () => {
    const miner = connected();
    await miner.request('mining.authorize', ADDRESS, 'x');
    await miner.subscribe();
    expect((await miner.job()).clean).toBe(true);
  });

  test.each([
    '',
    'worker',
    'ab'.repeat(31),
    `${ADDRESS}.`,
    `${ADDRESS}.a b`,
    `${ADDRESS}.${'a'.repeat(65)}`,
    7,
  ])('as %p is told the form to use', async (user) => {
    const miner = connected();
    await miner.subscribe();
    const answer = await miner.request('mining.authorize', user, 'x');
    expect(answer).toMatchObject({
      result: null,
      error: [24, expect.stringContaining('64 hex digits'), null],
    });
  });

  test('with several workers has one address', async () => {
    const miner = connected();
    await miner.logIn(`${ADDRESS}.a`);
    expect(await miner.request('mining.authorize', `${ADDRESS}.b`, 'x')).toMatchObject({ result: true });
    expect(errorOf(await miner.request('mining.authorize', 'cd'.repeat(32), 'x'))).toBe(24);
    expect(server.status().workers.map(({ name }) => name)).toEqual([`${ADDRESS}.a`, `${ADDRESS}.b`]);
  });

  test('gets another extra nonce than all others', async () => {
    const several = [connected(), connected(), connected()];
    await Promise.all(several.map((miner) => miner.subscribe()));
    expect(new Set(several.map(({ extraNonce1 }) => extraNonce1)).size).toBe(3);
  });

  test('resumes its session, whose shares do not count twice', async () => {
    const first = connected();
    const job = await first.logIn(ADDRESS);
    const work = search(job, first, isShare(job));
    expect(await submit(first, ADDRESS, job, work)).toMatchObject({ result: true });
    await first.close();
    const second = connected();
    await second.subscribe('agent', first.session);
    expect(second).toMatchObject({ extraNonce1: first.extraNonce1, session: first.session });
    await second.request('mining.authorize', ADDRESS, 'x');
    expect(errorOf(await submit(second, ADDRESS, job, work))).toBe(22);
  });

  test('cannot resume a session that another connection uses', async () => {
    const first = connected();
    await first.subscribe();
    const second = connected();
    await second.subscribe('agent', first.session);
    expect(second.extraNonce1).not.toBe(first.extraNonce1);
  });
});

describe('A share', () => {
  let miner: TestMiner;
  let job: Notify;

  beforeEach(async () => {
    miner = connected();
    job = await miner.logIn(ADDRESS);
  });

  test('that meets the difficulty is accepted', async () => {
    const work = search(job, miner, isShare(job));
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({ result: true, error: null });
    expect(worker()).toMatchObject({
      name: ADDRESS,
      accepted: 1,
      work: SHARE_DIFFICULTY,
      blocks: 0,
      connections: 1,
    });
    expect(worker().bestShare).toBeGreaterThanOrEqual(SHARE_DIFFICULTY);
    expect(dag.info().blockCount).toBe(1);
  });

  test('that meets the target of the network becomes a block of the DAG for the address of the miner', async () => {
    const work = search(job, miner, isBlock(job), { extraNonce2: 'deadbeef' });
    const header = headerOf(job, work);
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({ result: true });
    const hash = reversed(sha256d(header)).toString('hex');
    expect(dag.sink()).toBe(hash);
    const block = (await dag.getBlock(hash))!;
    expect(block.coinbase.address).toBe(ADDRESS);
    const extraNonce = Buffer.alloc(8);
    extraNonce.writeBigUInt64LE(block.coinbase.extraNonce);
    expect(extraNonce.toString('hex')).toBe(`${miner.extraNonce1}deadbeef`);
    expect(server.status().blocks).toEqual({ accepted: 1, blue: 1, red: 0, refused: 0 });
    expect(worker().blocks).toBe(1);
    // The miner is told of the next block at once, and goes on with the old job until then.
    const next = await miner.job(miner.messages.findIndex(({ params }) => params?.[0] === job.id) + 1);
    expect(next).toMatchObject({ clean: false });
    expect(next.prevHash).not.toBe(job.prevHash);
  });

  test('of an old job is accepted, and its block is merged', async () => {
    const [first, second] = [connected(), connected()];
    const jobs = [await first.logIn(ADDRESS), await second.logIn(ADDRESS)] as const;
    expect(jobs[0].id).toBe(jobs[1].id);
    const works = [search(jobs[0], first, isBlock(job)), search(jobs[1], second, isBlock(job))] as const;
    expect(await submit(first, ADDRESS, jobs[0], works[0])).toMatchObject({ result: true });
    await second.job(second.messages.findIndex(({ params }) => params?.[0] === job.id) + 1);
    expect(await submit(second, ADDRESS, jobs[1], works[1])).toMatchObject({ result: true });
    expect(server.status().blocks).toEqual({ accepted: 2, blue: 2, red: 0, refused: 0 });
    expect(dag.info().blockCount).toBe(3);
  });

  test('with a later time is accepted up to 600 s, as the chain does', async () => {
    const at = (seconds: number) => (Number.parseInt(job.time, 16) + seconds).toString(16).padStart(8, '0');
    const work = search(job, miner, isBlock(job), { time: at(600) });
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({ result: true });
    expect(server.status().blocks.accepted).toBe(1);
    for (const seconds of [-1, 601]) {
      expect(errorOf(await submit(miner, ADDRESS, job, { ...work, time: at(seconds) }))).toBe(20);
    }
  });

  test('with a rolled version is accepted within the mask that the miner asked for', async () => {
    const rolling = connected();
    const { result } = await rolling.request(
      'mining.configure',
      ['version-rolling', 'minimum-difficulty', 'unheard-of'],
      {
        'version-rolling.mask': 'ffffffff',
        'version-rolling.min-bit-count': 2,
      },
    );
    expect(result).toEqual({
      'version-rolling': true,
      'version-rolling.mask': '1fffe000',
      'minimum-difficulty': false,
      'unheard-of': false,
    });
    const given = await rolling.logIn(ADDRESS);
    const work = search(given, rolling, isBlock(given), { versionBits: '00002000', mask: '1fffe000' });
    expect(await submit(rolling, ADDRESS, given, work)).toMatchObject({ result: true });
    expect((await dag.getBlock(dag.sink()))!.header.version).toBe(0x2000_2000);
    expect(errorOf(await submit(rolling, ADDRESS, given, { ...work, versionBits: '00001000' }))).toBe(20);
    // The other miner did not ask for it.
    expect(errorOf(await submit(miner, ADDRESS, job, { ...work, versionBits: '00002000' }))).toBe(20);
  });

  test('that was accepted before is refused', async () => {
    const work = search(job, miner, isShare(job));
    await submit(miner, ADDRESS, job, work);
    expect(errorOf(await submit(miner, ADDRESS, job, work))).toBe(22);
    expect(worker()).toMatchObject({ accepted: 1, refused: { duplicate: 1 } });
  });

  test('that meets no difficulty is refused, with the difficulty that it meets', async () => {
    const work = search(job, miner, (value) => value > targetOf(SHARE_DIFFICULTY));
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({
      result: null,
      error: [23, expect.stringMatching(/^the digest meets only difficulty \d/), null],
    });
    expect(worker()).toMatchObject({ accepted: 0, refused: { 'low-difficulty': 1 } });
  });

  test.each([
    ['an unknown job', ['ffff', '00000000', undefined, '00000000'], 21],
    ['a short extranonce2', [undefined, '0000', undefined, '00000000'], 20],
    ['a long extranonce2', [undefined, '0000000000', undefined, '00000000'], 20],
    ['a time that is no hex', [undefined, '00000000', 'xxxxxxxx', '00000000'], 20],
    ['a short nonce', [undefined, '00000000', undefined, '0'], 20],
    ['a nonce that is a number', [undefined, '00000000', undefined, 7], 20],
    ['a job that is a number', [7, '00000000', undefined, '00000000'], 20],
  ])('with %s is refused', async (_what, [id = job.id, extraNonce2, time = job.time, nonce], code) => {
    expect(errorOf(await miner.request('mining.submit', ADDRESS, id, extraNonce2, time, nonce))).toBe(code);
  });

  test('of a miner that has not logged in is refused', async () => {
    const stranger = connected();
    expect(
      errorOf(await stranger.request('mining.submit', ADDRESS, job.id, '00000000', job.time, '00000000')),
    ).toBe(25);
    await stranger.subscribe();
    expect(
      errorOf(await stranger.request('mining.submit', ADDRESS, job.id, '00000000', job.time, '00000000')),
    ).toBe(24);
  });
});

describe('A miner', () => {
  test('may suggest its difficulty, as a number or as text, which is limited to that of a block', async () => {
    const miner = connected();
    await miner.subscribe();
    expect(await miner.request('mining.suggest_difficulty', String(2 ** -20))).toMatchObject({
      result: true,
    });
    await miner.request('mining.authorize', ADDRESS, 'x');
    await miner.job();
    expect(miner.difficulty).toBe(2 ** -20);
    for (const [suggested, expected] of [
      [2 ** -22, 2 ** -22],
      [2 ** -40, SHARE_DIFFICULTY],
    ] as const) {
      const before = miner.messages.length;
      await miner.request('mining.suggest_difficulty', suggested);
      await miner.find(({ method }) => method === 'mining.set_difficulty', before);
      expect(miner.difficulty).toBe(expected);
    }
    const before = miner.messages.length;
    await miner.request('mining.suggest_difficulty', 1e9);
    await miner.find(({ method }) => method === 'mining.set_difficulty', before);
    // 2^14 hashes.
    expect(miner.difficulty).toBeCloseTo(2 ** -18, 8);
  });

  test('that sends many shares gets a harder difficulty with a new job at once, and again until it sends few', async () => {
    const miner = connected();
    let job = await miner.logIn(ADDRESS);
    const enough = (value: bigint) => isShare(job)(value) && value <= targetOf(miner.difficulty);
    for (const difficulty of [SHARE_DIFFICULTY * 8, SHARE_DIFFICULTY * 64]) {
      const before = miner.messages.length;
      const works = Array.from({ length: 40 }, (_, n) =>
        search(job, miner, enough, { extraNonce2: n.toString(16).padStart(8, '0') }),
      );
      await Promise.all(works.map((work) => submit(miner, ADDRESS, job, work)));
      job = await miner.job(before);
      expect(job.clean).toBe(false);
      // The limit is the difficulty of a block.
      expect(miner.difficulty).toBeCloseTo(Math.min(difficulty, 2 ** -18), 8);
    }
    expect(server.status().jobs).toBe(3);
    expect(worker().accepted).toBe(80);
  });

  test('may choose its difficulty with its password', async () => {
    const miner = connected();
    await miner.logIn(ADDRESS, `d=${2 ** -21}`);
    expect(miner.difficulty).toBe(2 ** -21);
  });

  test('that was given a harder difficulty is still paid for the easier one of the job that it has', async () => {
    const miner = connected();
    const job = await miner.logIn(ADDRESS);
    await miner.request('mining.suggest_difficulty', 2 ** -19);
    const work = search(job, miner, (value) => isShare(job)(value) && value > targetOf(2 ** -19));
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({ result: true });
    expect(worker().work).toBe(SHARE_DIFFICULTY);
  });

  test.each([
    ['mining.extranonce.subscribe', true],
    ['mining.ping', 'pong'],
    ['mining.capabilities', true],
  ])('that sends %s gets an answer', async (method, result) => {
    expect(await connected().request(method)).toMatchObject({ result, error: null });
  });

  test.each(['mining.get_transactions', 'getwork', '__proto__', 'constructor'])(
    'that sends %s gets an error, and stays connected',
    async (method) => {
      const miner = connected();
      expect(errorOf(await miner.request(method))).toBe(20);
      expect((await miner.subscribe()).error).toBeNull();
    },
  );

  test('gets its ids back as it sent them', async () => {
    const miner = connected();
    miner.write('{"id":"auth","method":"mining.ping","params":[]}\r\n{"id":null,"method":"mining.ping"}\n');
    miner.write('{"id":4,"method":"mining.ping"}\n{"id":4,"method":"mining.ping"}\n');
    await miner.find((_message) => miner.messages.length === 4);
    expect(miner.messages.map(({ id }) => id)).toEqual(['auth', null, 4, 4]);
  });

  test.each([
    ['text', 'not json\n'],
    ['a list', '[]\n'],
    ['a number', '7\n'],
    ['null', 'null\n'],
    ['a method that is a number', '{"id":1,"method":7}\n'],
    ['neither a method nor an id', '{"id":null}\n'],
    ['a line without an end', 'a'.repeat(20_000)],
  ])('that sends %s is disconnected, and the server goes on', async (_what, text) => {
    const miner = connected();
    miner.write(text);
    await miner.closed;
    expect((await connected().subscribe()).error).toBeNull();
  });

  test('whose shares are refused again and again is banned', async () => {
    const miner = connected();
    const job = await miner.logIn(ADDRESS);
    const work = search(job, miner, isShare(job));
    await submit(miner, ADDRESS, job, work);
    const line = JSON.stringify({
      id: 4,
      method: 'mining.submit',
      params: [ADDRESS, job.id, work.extraNonce2, work.time, work.nonce],
    });
    miner.write(`${line}\n`.repeat(1000));
    await miner.closed;
    expect(miner.messages.at(-1)).toMatchObject({ method: 'client.show_message' });
    const again = connected();
    await again.closed;
    expect(again.messages).toEqual([]);
  });

  test('that sends nothing is disconnected, although it is sent jobs', async () => {
    await server.close();
    server = await StratumServer.listen(dag, { ...OPTIONS, idleTimeoutMs: 1500 });
    const [silent, talking] = [connected(), connected()];
    const job = await talking.logIn(ADDRESS);
    await silent.logIn(ADDRESS);
    // Each block leads to a job, which a silent miner is sent as well.
    let ended = false;
    void silent.closed.then(() => {
      ended = true;
    });
    for (let latest = job; !ended; ) {
      const from = talking.messages.length;
      await submit(talking, ADDRESS, latest, search(latest, talking, isBlock(latest)));
      latest = await talking.job(from);
    }
    const jobs = silent.messages.filter(({ method }) => method === 'mining.notify');
    expect(jobs.length).toBeGreaterThan(1);
    expect(server.status().connections).toBe(1);
  });

  test('finds the workers of a server in pages, those that were seen last first', async () => {
    const miner = connected();
    await miner.logIn(`${ADDRESS}.0`);
    for (let n = 1; n < 5; n += 1) await miner.request('mining.authorize', `${ADDRESS}.${n}`, 'x');
    const names = (from: number, count: number) =>
      server.workers(from, count).map(({ name }) => name.split('.')[1]);
    expect(server.totals().workerCount).toBe(5);
    expect([names(0, 2), names(2, 2), names(4, 2), names(6, 2), names(0, 0)]).toEqual([
      ['4', '3'],
      ['2', '1'],
      ['0'],
      [],
      [],
    ]);
    expect(() => server.workers(-1, 1)).toThrow(
      expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT' }),
    );
  });

  test('that asks for too many workers leaves room for those of others', async () => {
    const miner = connected();
    await miner.logIn(`${ADDRESS}.0`);
    for (let n = 1; n < 64; n += 1) await miner.request('mining.authorize', `${ADDRESS}.${n}`, 'x');
    expect(errorOf(await miner.request('mining.authorize', `${ADDRESS}.64`, 'x'))).toBe(24);
    expect(server.status().workers).toHaveLength(64);
  });

  test('beyond the limit of connections is disconnected', async () => {
    await server.close();
    server = await StratumServer.listen(dag, { ...OPTIONS, maxConnections: 1 });
    const first = connected();
    await first.subscribe();
    const second = connected();
    await second.closed;
    await first.close();
    while (server.status().connections > 0) await new Promise(setImmediate);
    expect((await connected().subscribe()).error).toBeNull();
  });
});

describe('A server', () => {
  test('gives jobs with payloads, whose blocks have these payloads', async () => {
    await server.close();
    const payloads = [1, 2, 3, 4, 5].map((n) => Buffer.alloc(n * 10, n));
    server = await StratumServer.listen(dag, { ...OPTIONS, payloads: () => payloads });
    const miner = connected();
    const job = await miner.logIn(ADDRESS);
    expect(job.branch).toHaveLength(3);
    const work = search(job, miner, isBlock(job));
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({ result: true });
    const block = (await dag.getBlock(dag.sink()))!;
    expect(block.payloads.map((payload) => Buffer.from(payload))).toEqual(payloads);
  });

  test('reports a block that the DAG refuses, and the share counts', async () => {
    const miner = connected();
    const job = await miner.logIn(ADDRESS);
    dag.addBlock = () => Promise.reject(new Error('disk full'));
    const work = search(job, miner, isBlock(job));
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({ result: true });
    expect(server.status().blocks).toEqual({ accepted: 0, blue: 0, red: 0, refused: 1 });
    expect(worker()).toMatchObject({ accepted: 1, blocks: 0 });
  });

  test('shows the hash rate that the shares mean', async () => {
    const miner = connected();
    const job = await miner.logIn(ADDRESS);
    await submit(miner, ADDRESS, job, search(job, miner, isShare(job)));
    const { minute, fiveMinutes, hour } = worker().hashesPerSecond;
    // One share of 2^8 hashes, in what counts as at least a second.
    expect(minute).toBeGreaterThan(2 ** 8 / 60);
    expect(minute).toBeLessThanOrEqual(2 ** 8 * 1.001);
    expect([fiveMinutes, hour].every((rate) => rate > 0 && rate <= minute)).toBe(true);
  });

  test('works on regtest, where every second hash is a block', async () => {
    const easy = await openTestDag({ network: 'regtest' });
    const other = await StratumServer.listen(easy, { port: 0 });
    const miner = new TestMiner(other.port);
    const job = await miner.logIn(ADDRESS);
    const work = search(job, miner, (value) => value <= networkTargetOf(job));
    expect(miner.difficulty).toBeLessThan(2 ** -30);
    expect(await submit(miner, ADDRESS, job, work)).toMatchObject({ result: true });
    expect(other.status().blocks.accepted).toBe(1);
    await miner.close();
    await other.close();
    await easy.close();
  });

  test('refuses a network that is not mined with sha256d', async () => {
    const blake3 = await openTestDag({ network: 'regtest' });
    const network = { ...blake3.network, powAlgorithm: 'blake3' as const };
    const refused = StratumServer.listen(Object.assign(Object.create(blake3), { network }), { port: 0 });
    await expect(refused).rejects.toThrow(UnsupportedError);
    await blake3.close();
  });

  test('refuses a port that is in use', async () => {
    await expect(StratumServer.listen(dag, { port: server.port })).rejects.toMatchObject({
      code: 'ERR_QANTO_ADDRESS_IN_USE',
      port: server.port,
    });
  });

  test.each([
    { port: 65_536 },
    { host: '' },
    { startDifficulty: 0 },
    { minDifficulty: Number.NaN },
    { sharesPerMinute: '15' },
    { maxConnections: 0 },
    { idleTimeoutMs: 0 },
    { prot: 3333 },
  ])('refuses the options %j', async (options) => {
    await expect(StratumServer.listen(dag, options as never)).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
    });
  });
});
