/** All formats. To add one, add its name to `names.ts` and its entry here. */
import { altchaFormat } from './altcha.ts';
import { altchaV2Format } from './altcha-v2.ts';
import { anubisFormat } from './anubis.ts';
import { bitcoinFormat } from './bitcoin.ts';
import { capFormat } from './cap.ts';
import { cerberusFormat } from './cerberus.ts';
import type { Format } from './format.ts';
import { friendlyCaptchaFormat } from './friendly-captcha.ts';
import { goAwayFormat } from './go-away.ts';
import { hashcashAppleFormat, hashcashFormat } from './hashcash.ts';
import { mcaptchaFormat } from './mcaptcha.ts';
import { megaFormat } from './mega.ts';
import type { FormatName } from './names.ts';
import { nanoFormat } from './nano.ts';
import { nostrFormat } from './nostr.ts';

export const FORMATS: Readonly<Record<FormatName, Format>> = {
  altcha: altchaFormat,
  'altcha-v2': altchaV2Format,
  anubis: anubisFormat,
  bitcoin: bitcoinFormat,
  cap: capFormat,
  cerberus: cerberusFormat,
  'friendly-captcha': friendlyCaptchaFormat,
  'go-away': goAwayFormat,
  hashcash: hashcashFormat,
  'hashcash-apple': hashcashAppleFormat,
  mcaptcha: mcaptchaFormat,
  mega: megaFormat,
  nano: nanoFormat,
  nostr: nostrFormat,
};
