import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { nostr } from 'qanto/formats';

/** The example of NIP-13. */
const EXAMPLE = {
  id: '000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358',
  pubkey: 'a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243',
  created_at: 1651794653,
  kind: 1,
  tags: [['nonce', '776797', '20']],
  content: "It's just me mining my own business",
};
const EVENT = {
  ...EXAMPLE,
  tags: [
    ['e', 'x"y'],
    ['nonce', '1', '2'],
    ['t', 'späß\n😺'],
  ],
};

describe('nostr.verify', () => {
  it('accepts the example of NIP-13, which has one bit more than it aimed at', () => {
    expect(nostr.verify(EXAMPLE, 20)).toEqual({ valid: true, bits: 21 });
    expect(nostr.verify(EXAMPLE, 0)).toEqual({ valid: true, bits: 21 });
    // The id has 21 bits, but the event aimed at 20.
    expect(nostr.verify(EXAMPLE, 21)).toEqual({ valid: false, reason: 'no-commitment' });
    expect(nostr.verify(EXAMPLE, 22)).toEqual({ valid: false, reason: 'too-little-work' });
  });

  it('refuses an event whose id is another one', () => {
    expect(nostr.verify({ ...EXAMPLE, content: 'other' }, 20)).toEqual({ valid: false, reason: 'wrong-id' });
  });

  it.each([
    ['no event', null],
    ['a text', 'event'],
    ['an event without an id', { ...EXAMPLE, id: undefined }],
    ['an id in upper case', { ...EXAMPLE, id: EXAMPLE.id.toUpperCase() }],
    ['a key that is too short', { ...EXAMPLE, pubkey: 'ab' }],
    ['a time that is no integer', { ...EXAMPLE, created_at: 1.5 }],
    ['a kind that is too large', { ...EXAMPLE, kind: 65_536 }],
    ['tags that are no array', { ...EXAMPLE, tags: 'nonce' }],
    ['a tag that is no array', { ...EXAMPLE, tags: ['nonce'] }],
    ['a tag with a number', { ...EXAMPLE, tags: [['nonce', 1, '20']] }],
    ['a lone surrogate', { ...EXAMPLE, content: '\ud800' }],
  ])('refuses %s', (_, event) => {
    expect(nostr.verify(event as nostr.MinedNostrEvent, 20)).toEqual({ valid: false, reason: 'malformed' });
  });
});

describe('nostr.solve', () => {
  it('mines an event, replaces its tag nonce, and leaves all else as it is', async () => {
    const { event, bits, expectedHashes } = await nostr.solve({ event: EVENT, bits: 12 });
    const [nonce] = event.tags.slice(-1);
    expect(event).toEqual({
      ...EVENT,
      id: event.id,
      tags: [
        ['e', 'x"y'],
        ['t', 'späß\n😺'],
        ['nonce', nonce![1], '12'],
      ],
    });
    expect(bits).toBeGreaterThanOrEqual(12);
    expect(expectedHashes).toBe(4096);
    expect(nostr.verify(event, 12)).toEqual({ valid: true, bits });
    expect((await nostr.solve({ event: EVENT, bits: 12 })).event).toEqual(event);
  });

  it('finds the first nonce', async () => {
    const { event } = await nostr.solve({ event: { ...EXAMPLE, tags: [] }, bits: 8 });
    const found = Number(event.tags[0]![1]);
    for (let nonce = 0; nonce < found; nonce++) {
      const earlier = { ...event, tags: [['nonce', String(nonce), '8']] };
      const verdict = nostr.verify({ ...earlier, id: idOf(earlier) }, 8);
      expect(verdict).toEqual({ valid: false, reason: 'too-little-work' });
    }
  });

  it.each([[Array(100_000).fill([])], [[Array(100_000).fill('')]]])(
    'refuses an event with more tags than an event may have, before it is hashed',
    (tags) => {
      const event = { ...EXAMPLE, tags };
      expect(nostr.verify({ ...event, id: idOf(event) }, 0)).toEqual({ valid: false, reason: 'malformed' });
    },
  );

  it.each([
    [EVENT, 0, 'challenge.bits'],
    [EVENT, 257, 'challenge.bits'],
    [{ ...EVENT, kind: -1 }, 8, 'challenge.event.kind'],
    [{ ...EVENT, knd: 1 }, 8, 'challenge.event.knd'],
    [{ ...EVENT, tags: Array(30_000).fill([]) }, 8, 'challenge.event.tags'],
    [{ ...EVENT, tags: [Array(22_000).fill('')] }, 8, 'challenge.event.tags'],
    [{ ...EVENT, content: 'x'.repeat(65_536) }, 8, 'challenge.event'],
    [null, 8, 'challenge.event'],
  ])('rejects %p with %p bits', async (event, bits, argument) => {
    await expect(nostr.solve({ event: event as nostr.NostrEvent, bits })).rejects.toMatchObject({
      code: 'ERR_QANTO_INVALID_ARGUMENT',
      argument,
    });
  });
});

describe('nostr.leadingZeroBits', () => {
  // The examples of NIP-13, and the extremes.
  it.each([
    ['00003479309ecdb46b1c04ce129d2709378518588bed6776e60474ebde3159ae', 18],
    ['01a76167d41add96be4959d9e618b7a35f26551d62c43c11e5e64094c6b53c83', 7],
    ['0000000000000000006cfbd3c66358750159650a26c0d79e8ccaa92457fca4f6', 73],
    ['f'.repeat(64), 0],
    ['0'.repeat(64), 256],
  ])('counts those of %s', (id, bits) => {
    expect(nostr.leadingZeroBits(id)).toBe(bits);
  });
});

function idOf({ pubkey, created_at, kind, tags, content }: nostr.NostrEvent): string {
  const text = JSON.stringify([0, pubkey, created_at, kind, tags, content]);
  return createHash('sha256').update(text).digest('hex');
}
