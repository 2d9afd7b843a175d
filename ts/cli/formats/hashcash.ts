import { hashcash } from 'qanto/formats';
import type { Format } from './format.ts';
import { asArgument, dateOf, expiryText, oddsOf } from './values.ts';

const STAMP = '1:20:040806:foo::65f460d0726f420d:13a6b8';

export const hashcashFormat: Format = {
  hashes: 'SHA-1 of a stamp of version 1',
  algorithms: ['sha1'],
  challenge: {
    what: 'the resource, and the number of zero bits; the date, the extensions and the random part may be given',
    fields: { resource: 'text', bits: 'integer', date: 'text', ext: 'text', rand: 'text' },
  },
  conditions: {
    what: 'nothing, or the only resource that is accepted, the least number of bits, the times in ms, and the present date',
    fields: { resource: 'text', bits: 'integer', validityMs: 'integer', graceMs: 'integer', now: 'text' },
  },
  answer: { what: 'the stamp', pattern: /^[0-9]+:/ },
  examples: {
    solve: ['--set', 'resource=anna@example.org', '--set', 'bits=16'],
    verify: [STAMP, '--set', 'resource=foo', '--set', 'now=2004-08-07'],
  },
  search(fields) {
    const date = dateOf('challenge.date', fields['date']);
    const request = asArgument<hashcash.HashcashRequest>({ ...fields, ...(date && { date }) });
    return {
      odds: oddsOf(hashcash.template(request)),
      async solve(options) {
        const { stamp, ...effort } = await hashcash.solve(request, options);
        return { answer: stamp, effort };
      },
    };
  },
  verify(fields, answer) {
    // The date, the extensions and the random part of a request may be there, and are no conditions.
    const { bits, now, resource = () => true, date, ext, rand, ...policy } = fields;
    const nowMs = dateOf('challenge.now', now)?.getTime();
    const verdict = hashcash.verify(
      asArgument(answer),
      asArgument({ resource, minBits: bits, ...(nowMs !== undefined && { nowMs }), ...policy }),
    );
    if (!verdict.valid) return verdict;
    const { fields: parsed, expiresAt } = verdict;
    return {
      valid: true,
      ...{ ...parsed, date: parsed.date.toISOString() },
      expiresAt: expiryText(expiresAt),
    };
  },
};

const challenge = {
  what: 'the number of bits and the challenge, of the headers X-Apple-HC-Bits and X-Apple-HC-Challenge',
  fields: { bits: 'integer', challenge: 'text', date: 'text' },
} as const;

export const hashcashAppleFormat: Format = {
  hashes: 'SHA-1 of a stamp of App Store Connect',
  algorithms: ['sha1'],
  challenge,
  conditions: challenge,
  answer: { what: 'the stamp', pattern: /^[0-9]+:/ },
  examples: {
    solve: ['{"bits":11,"challenge":"4d74fb15eb23f465f1f6fcbf534e5877","date":"2023-02-23T17:06:00Z"}'],
    verify: [
      '1:11:20230223170600:4d74fb15eb23f465f1f6fcbf534e5877::6373',
      '--set',
      'bits=11',
      '--set',
      'challenge=4d74fb15eb23f465f1f6fcbf534e5877',
    ],
  },
  search(fields) {
    const date = dateOf('challenge.date', fields['date']);
    const given = asArgument<hashcash.AppleChallenge>({ ...fields, ...(date && { date }) });
    return {
      odds: oddsOf(hashcash.templateApple(given)),
      async solve(options) {
        const { stamp, ...effort } = await hashcash.solveApple(given, options);
        return { answer: stamp, effort };
      },
    };
  },
  verify(fields, answer) {
    const { date, ...conditions } = fields;
    return hashcash.verifyApple(asArgument(conditions), asArgument(answer));
  },
};
