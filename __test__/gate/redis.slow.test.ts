/** Claims in a real Redis, with the clients that programs use. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { gate, type RedisClient, redisClaims } from 'qanto/gate';
import { createClient } from 'redis';
import { describeWithPrograms } from '../ops/programs.ts';
import { startRedis, type TestRedis } from './redis.ts';
import { CHEAP, outcomeOf, proofFor, SECRET, testGate } from './support.ts';

interface Connected {
  readonly client: RedisClient;
  close(): unknown;
}

const CLIENTS: Readonly<Record<string, (socket: string) => Promise<Connected>>> = {
  async redis(socket) {
    const client = createClient({ socket: { path: socket, tls: false } });
    client.on('error', () => {});
    await client.connect();
    return { client, close: () => client.destroy() };
  },
  async ioredis(socket) {
    const client = new Redis(socket);
    client.on('error', () => {});
    await once(client, 'ready');
    return { client, close: () => client.disconnect() };
  },
};

describeWithPrograms('Claims in Redis', ['redis-server'], () => {
  let redis: TestRedis;

  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.stop());

  test.each(Object.keys(CLIENTS))('are made once in their lifetime with the client %s', async (name) => {
    const { client, close } = await CLIENTS[name]!(redis.socket);
    try {
      const claims = redisClaims(client, { prefix: `${name}:` });
      const all = await Promise.all(Array.from({ length: 100 }, () => claims.claim('an id', 60_000)));
      expect(all.filter(Boolean)).toHaveLength(1);
      const { client: reader, close: closeReader } = await CLIENTS['ioredis']!(redis.socket);
      const ttl = await (reader as Redis).pttl(`${name}:an id`);
      closeReader();
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(60_000);
      await claims.claim('short', 1);
      // Redis ends the claim when its time has passed.
      while (!(await claims.claim('short', 1)));
    } finally {
      close();
    }
  });

  test.each(Object.keys(CLIENTS))(
    'fail as the policy says when Redis has ended, with the client %s',
    async (name) => {
      const own = await startRedis(mkdtempSync(join(tmpdir(), 'qanto-redis-')));
      const { client, close } = await CLIENTS[name]!(own.socket);
      try {
        const claims = redisClaims(client, { timeoutMs: 200 });
        const { gate: closed } = testGate({ claims });
        const { gate: open } = testGate({ claims, onStoreFailure: 'open' });
        const proof = await proofFor(closed);
        await expect(outcomeOf(closed, proof)).resolves.toBe('passed');
        const late = await proofFor(closed);
        await own.stop();
        await expect(outcomeOf(closed, late)).resolves.toBe('store-failed');
        await expect(outcomeOf(open, late)).resolves.toBe('passed');
      } finally {
        close();
      }
    },
  );

  test('let one of 1,000 simultaneous replays in two processes pass', async () => {
    const children: ChildProcess[] = [];
    for (let index = 0; index < 2; index++) {
      const child = fork(join(__dirname, 'replay-child.mjs'), [redis.socket, SECRET]);
      await once(child, 'message');
      children.push(child);
    }
    const here = gate({ secret: SECRET, expectedTries: CHEAP });
    try {
      for (let round = 0; round < 5; round++) {
        const proof = await proofFor(here);
        const answers = children.map((child) => once(child, 'message'));
        for (const child of children) child.send({ proof, times: 500 });
        const counts = (await Promise.all(answers)).map(([count]) => count as Record<string, number>);
        const sum = (reason: string) => counts.reduce((total, count) => total + (count[reason] ?? 0), 0);
        expect([sum('passed'), sum('replayed')]).toEqual([1, 999]);
      }
    } finally {
      const ended = children.map((child) => once(child, 'exit'));
      for (const child of children) child.send({});
      await Promise.all(ended);
    }
  });
});
