/** Reads the payload of ALTCHA's widget and libraries: JSON in base64. */
import { readAltchaV1Answer } from './altcha-v1.ts';
import { readAltchaV2Answer } from './altcha-v2.ts';
import type { Proof } from './form.ts';

/** The longest payload, in characters of base64. */
const MAX_PAYLOAD = 3072;

/** Returns the proof of either version, or undefined if the text is not one. */
export function readAltchaPayload(payload: string): Proof | undefined {
  if (payload.length > MAX_PAYLOAD) return undefined;
  const bytes = Buffer.from(payload, 'base64');
  // Other characters are skipped.
  if (bytes.length !== Buffer.byteLength(payload, 'base64')) return undefined;
  let answer: Readonly<Record<string, unknown>> | null;
  try {
    // A right answer consists of ASCII characters.
    answer = JSON.parse(bytes.toString('latin1'));
  } catch {
    return undefined;
  }
  if (typeof answer !== 'object' || answer === null) return undefined;
  return Object.hasOwn(answer, 'solution') ? readAltchaV2Answer(answer) : readAltchaV1Answer(answer);
}
