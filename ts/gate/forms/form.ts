/** The forms in which a challenge and its proof are sent. */
import type { Keys } from '../keys.ts';

/**
 * The names of the forms: `native`, whose proof is a text of about 170 characters, and `altcha-v1`, which the widget and the
 * programs of ALTCHA understand.
 */
export const FORM_NAMES = ['native', 'altcha-v1'] as const;
/** One of {@link FORM_NAMES}. */
export type FormName = (typeof FORM_NAMES)[number];

/** A proof whose syntax has been checked, and nothing else. */
export interface Proof {
  readonly form: FormName;
  /** The text of the token. */
  readonly token: string;
  /** Returns whether the proof solves the challenge of the token, which is authentic and was signed with these keys. */
  solves(tries: number, keys: Keys): boolean;
}
