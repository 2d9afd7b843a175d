/** The forms in which a challenge and its proof are sent. */
import type { SignedToken } from '../token.ts';

/**
 * The names of the forms: `native`, whose proof is a text of about 170 characters, and the two versions of ALTCHA, `altcha-v1` and
 * `altcha-v2`, which its widget understands.
 */
export const FORM_NAMES = ['native', 'altcha-v1', 'altcha-v2'] as const;
/** The forms of a gate that names none. Version 2 of ALTCHA would add 1,200 bytes to each answer, for the same work. */
export const DEFAULT_FORMS = ['native', 'altcha-v1'] as const;
/** One of {@link FORM_NAMES}. */
export type FormName = (typeof FORM_NAMES)[number];

/** A proof whose syntax has been checked, and nothing else. */
export interface Proof {
  readonly form: FormName;
  /** The text of the token. */
  readonly token: string;
  /** Returns whether the proof solves the challenge of its token, whose signature is right. */
  solves(token: SignedToken): boolean;
}
