import { expect, test } from '@jest/globals';
import { MemoryHub } from '../../ts/net/memory.ts';
import type { Verdict } from '../../ts/net/transport.ts';
import { VirtualTime } from '../../ts/net/virtual-time.ts';

const LIMITS = { timeoutMs: 1000, maxBytes: 100, maxFrames: 2 };
const SERVE = { maxRequestBytes: 10, maxConcurrentPerPeer: 1, timeoutMs: 1000 };

/** Nodes a, b and c in a line, of which b answers the protocol /echo with the frame twice. */
async function line(links = {}) {
  const time = new VirtualTime();
  const hub = new MemoryHub(time, links);
  const nodes = ['a', 'b', 'c'].map((id) => hub.transport(id));
  const heard: string[] = [];
  for (const node of nodes) {
    const judge = async ({ from, data }: { from: string; data: Uint8Array }): Promise<Verdict> => {
      heard.push(`${from}>${node.id}:${data[0]}@${time.monotonicMs()}`);
      return 'accept';
    };
    node.subscribe('t', judge, { maxBytes: 10, maxPending: 10 });
    node.serve('/echo', async ({ payload }) => [payload, payload], SERVE);
    await node.start();
  }
  const [a, b, c] = nodes as [(typeof nodes)[0], (typeof nodes)[0], (typeof nodes)[0]];
  const dials = [a.dial('memory:b'), b.dial('memory:c')];
  await time.advance(200);
  await Promise.all(dials);
  return { time, hub, a, b, c, heard };
}

/** What the promise settles to within a second of virtual time. */
async function settled(time: VirtualTime, promise: Promise<unknown>): Promise<unknown> {
  const outcome = promise.catch((error: { code?: string }) => error.code ?? error);
  await time.advance(1000);
  return outcome;
}

test('a request is answered after the latency of both ways', async () => {
  const { time, a } = await line({ latencyMs: 100 });
  await time.advance(200);
  let answeredMs = 0;
  const sentMs = time.monotonicMs();
  const answer = a.request('b', '/echo', Uint8Array.of(7), LIMITS).then((frames) => {
    answeredMs = time.monotonicMs();
    return frames;
  });
  expect(await settled(time, answer)).toEqual([Uint8Array.of(7), Uint8Array.of(7)]);
  expect(answeredMs - sentMs).toBe(200);
});

test('a request fails with the code of what went wrong', async () => {
  const { time, a, b } = await line();
  const ask = (protocol: string, length: number, limits = LIMITS) =>
    settled(time, a.request('b', protocol, new Uint8Array(length), limits));
  expect(await ask('/other', 1)).toBe('ERR_QANTO_REQUEST_FAILED');
  expect(await ask('/echo', 11)).toBe('ERR_QANTO_REQUEST_FAILED');
  expect(await ask('/echo', 10, { ...LIMITS, maxBytes: 19 })).toBe('ERR_QANTO_ANSWER_TOO_LARGE');
  expect(await ask('/echo', 1, { ...LIMITS, maxFrames: 1 })).toBe('ERR_QANTO_ANSWER_TOO_LARGE');
  b.serve('/silent', () => new Promise(() => {}), SERVE);
  expect(await ask('/silent', 1)).toBe('ERR_QANTO_REQUEST_TIMED_OUT');
  const pending = ask('/silent', 1, { ...LIMITS, timeoutMs: 5000 });
  await b.disconnect('a');
  expect(await pending).toBe('ERR_QANTO_PEER_DISCONNECTED');
  expect(await ask('/echo', 1)).toBe('ERR_QANTO_PEER_DISCONNECTED');
  expect(await settled(time, a.dial('memory:a'))).toBe('ERR_QANTO_CONNECTED_TO_ITSELF');
  expect(await settled(time, a.dial('memory:nobody'))).toBe('ERR_QANTO_DIAL_FAILED');
});

test('a message is passed on once, and never back to the sender', async () => {
  const { time, a, heard } = await line();
  const startMs = time.monotonicMs();
  await a.publish('t', Uint8Array.of(5));
  await a.publish('t', Uint8Array.of(5));
  await time.advance(1000);
  expect(heard).toEqual([`a>b:5@${startMs + 10}`, `b>c:5@${startMs + 20}`]);
});

test('a partition closes the connections between its sides, which are dialled again after it', async () => {
  const { time, hub, a, b, c } = await line();
  const gone: string[] = [];
  a.on('peer-disconnected', ({ id }) => gone.push(id));
  hub.partition(['a'], ['b', 'c']);
  expect(gone).toEqual(['b']);
  expect([a, b, c].map((node) => node.peers().length)).toEqual([0, 1, 1]);
  expect(await settled(time, a.dial('memory:b'))).toBe('ERR_QANTO_DIAL_FAILED');
  hub.heal();
  expect(await settled(time, a.dial('memory:b'))).toMatchObject({ id: 'b', direction: 'outbound' });
});

test('losses and delays depend only on the seed', async () => {
  const run = async (seed: number) => {
    const { time, a, heard } = await line({ loss: 0.5, jitterMs: 30, seed });
    await time.advance(100);
    for (let message = 0; message < 50; message++) await a.publish('t', Uint8Array.of(message));
    await time.advance(1000);
    return heard;
  };
  const first = await run(1);
  expect(first.length).toBeGreaterThan(10);
  expect(first.length).toBeLessThan(60);
  expect(await run(1)).toEqual(first);
  expect(await run(2)).not.toEqual(first);
});

test('time stands still while work holds it', async () => {
  const time = new VirtualTime();
  const order: string[] = [];
  time.schedule(1, () => {
    const work = (async () => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      order.push(`work@${time.monotonicMs()}`);
    })();
    time.hold(work);
  });
  time.schedule(2, () => order.push('later'));
  time.schedule(1.5, () => order.push('never'))();
  await time.advance(5);
  expect(order).toEqual(['work@1', 'later']);
});
