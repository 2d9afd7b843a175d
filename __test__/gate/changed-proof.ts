/** Changes credentials, and says independently of the gate whether a change has left their meaning as it was. */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { randomOf } from './campaign.ts';

type Random = ReturnType<typeof randomOf>;
type Json = Readonly<Record<string, unknown>>;

/** Returns bytes in which pieces are replaced, removed, repeated, moved or taken from others. */
function changedBytes(bytes: Buffer, other: Buffer, { below, bytes: random, pick }: Random): Buffer {
  let changed = bytes;
  for (let changes = 1 + below(3); changes > 0; changes--) {
    const [at, from] = [below(changed.length + 1), below(other.length + 1)];
    const length = pick([1, 1, 1, 2, 4, 8, 22, 64]);
    const [before, after] = [changed.subarray(0, at), changed.subarray(at)];
    const bit = Buffer.from(after.subarray(0, 1));
    if (bit.length > 0) bit[0]! ^= 1 << below(8);
    changed = Buffer.concat(
      pick([
        [before, bit, after.subarray(1)],
        [before, random(length), after.subarray(length)],
        [before, random(length), after],
        [before, after.subarray(length)],
        [before, after.subarray(0, length), after],
        [before, other.subarray(from, from + length), after.subarray(length)],
        [before, other.subarray(at)],
      ]),
    );
  }
  return changed;
}

/** Returns changed credentials: their text, or the JSON in them. */
export function changedCredentials(credentials: string, other: string, random: Random): string {
  const [scheme, payload] = credentials.split(' ') as [string, string];
  const [, otherPayload = ''] = other.split(' ');
  if (scheme === 'Qanto' || random.below(3) === 0) {
    return changedBytes(Buffer.from(credentials), Buffer.from(other), random).toString('latin1');
  }
  const json = changedBytes(Buffer.from(payload, 'base64'), Buffer.from(otherPayload, 'base64'), random);
  return `${scheme} ${json.toString('base64')}`;
}

/** Returns whether the credentials say what the original ones do, or are another answer to the same native challenge. */
export function isAsGood(credentials: string, original: string, tries: number): boolean {
  const [given, expected] = [credentials, original].map((text) => {
    const [, scheme = '', rest = ''] = /^(qanto|altcha) +(.*)$/is.exec(text) ?? [];
    return { scheme: scheme.toLowerCase(), rest: rest.trim() };
  }) as [{ scheme: string; rest: string }, { scheme: string; rest: string }];
  if (given.scheme !== expected.scheme) return false;
  if (given.scheme === 'qanto') {
    const [token, nonce = ''] = given.rest.split('.');
    const digest = createHash('sha256').update(given.rest).digest().readBigUInt64BE();
    const isHit = digest < 2n ** 64n / BigInt(tries);
    return token === expected.rest.split('.')[0] && /^\d{1,20}$/.test(nonce) && isHit;
  }
  return isDeepStrictEqual(meaningOf(given.rest), meaningOf(expected.rest));
}

/** The fields that matter. How long the search took does not, nor do fields that nobody reads. */
function meaningOf(payload: string): unknown {
  try {
    const answer = JSON.parse(Buffer.from(payload, 'base64').toString('latin1')) as Json;
    const { challenge, solution } = answer as { challenge: unknown; solution?: Json };
    if (solution === undefined) {
      const { algorithm, number, salt, signature } = answer;
      return { algorithm, challenge, number, salt, signature };
    }
    const { parameters, signature } = challenge as Json;
    return { parameters, signature, counter: solution['counter'], derivedKey: solution['derivedKey'] };
  } catch {
    return undefined;
  }
}
