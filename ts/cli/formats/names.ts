/** The names of the formats, which the flags of commands and the completion need without loading the formats. */

export const FORMAT_NAMES = [
  'altcha',
  'altcha-v2',
  'anubis',
  'bitcoin',
  'cap',
  'cerberus',
  'friendly-captcha',
  'go-away',
  'hashcash',
  'hashcash-apple',
  'mcaptcha',
  'mega',
  'nano',
  'nostr',
] as const;

export type FormatName = (typeof FORMAT_NAMES)[number];
