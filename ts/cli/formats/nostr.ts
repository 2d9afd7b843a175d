import { nostr } from 'qanto/formats';
import type { FieldsOf, Format } from './format.ts';
import { asArgument, objectOf, oddsOf } from './values.ts';

const EVENT =
  '"pubkey":"a48380f4cfcc1ad5378294fcac36439770f9c878dd880ffa94bb74ea54a6f243","created_at":1651794653,"kind":1,';

export const nostrFormat: Format = {
  hashes: 'SHA-256 of an event with a tag "nonce" (NIP-13)',
  algorithms: ['sha256'],
  challenge: {
    what: 'the event; the number of zero bits is set, or is that of its tag "nonce"',
    fields: { bits: 'integer' },
  },
  conditions: {
    what: 'the least number of zero bits',
    fields: { bits: 'integer' },
  },
  answer: { what: 'the event, with its id' },
  examples: {
    solve: [`{${EVENT}"tags":[],"content":"Hello"}`, '--set', 'bits=16'],
    verify: [
      `{"id":"000006d8c378af1779d2feebc7603a125d99eca0ccf1085959b307f64e5dd358",${EVENT}` +
        '"tags":[["nonce","776797","20"]],"content":"It\'s just me mining my own business"}',
      '--set',
      'bits=20',
    ],
  },
  search(fields) {
    const { bits, event = eventOf(fields), ...others } = fields;
    const unknown = fields['event'] === undefined ? {} : others;
    const challenge = asArgument<nostr.NostrChallenge>({
      ...unknown,
      event,
      bits: bits ?? commitment(event),
    });
    return {
      odds: oddsOf(nostr.template(challenge)),
      async solve(options) {
        const { event: mined, bits: found, ...effort } = await nostr.solve(challenge, options);
        return { answer: mined, details: { bits: found }, effort };
      },
    };
  },
  verify: ({ bits }, answer) => nostr.verify(asArgument(answer), asArgument(bits)),
};

/** The event, which the input is if it has no event in a field. */
function eventOf({ bits, ...event }: FieldsOf): FieldsOf {
  return event;
}

/** The number of bits at which the tag `nonce` of an event aims. */
function commitment(event: unknown): number | undefined {
  const tags = objectOf(event)?.['tags'];
  const tag = Array.isArray(tags)
    ? tags.find((parts) => Array.isArray(parts) && parts[0] === 'nonce')
    : undefined;
  const bits = tag?.[2];
  return typeof bits === 'string' && /^[0-9]{1,3}$/.test(bits) ? Number(bits) : undefined;
}
