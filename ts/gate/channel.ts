/** What gates publish about their decisions, for metrics and logs. */
import type { FormName } from './forms/form.ts';
import type { RefusalReason } from './reasons.ts';

/**
 * The name of the `node:diagnostics_channel` on which every gate of the process publishes a {@link GateMessage} for each challenge,
 * each accepted proof and each refusal. Without a subscriber, nothing is made.
 */
export const GATE_CHANNEL = 'qanto:gate';

/** A message on {@link GATE_CHANNEL}. It contains nothing that identifies a caller. */
export interface GateMessage {
  /** What happened. */
  readonly outcome: 'issued' | 'accepted' | 'refused';
  /** Why a request was refused. Undefined otherwise. */
  readonly reason?: RefusalReason;
  /** The form of an accepted proof. Undefined otherwise. */
  readonly form?: FormName;
  /** The tries that the challenge takes on average. Undefined for a refusal. */
  readonly expectedTries?: number;
  /** The time that the check took, in ms, including the claim. Undefined for a challenge. */
  readonly checkMs?: number;
  /** The time from the challenge to its proof, in ms. Defined for an accepted proof. */
  readonly solveMs?: number;
}
