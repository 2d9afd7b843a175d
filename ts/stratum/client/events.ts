import type { RefusalCode } from '../protocol.ts';
import type { StratumClientError } from './errors.ts';

/**
 * The state of a client. stopped: it was not started, or has ended. connecting: it connects or logs in. mining: it is logged
 * in. waiting: it waits before it connects again.
 */
export type StratumClientState = 'connecting' | 'mining' | 'stopped' | 'waiting';

/** A job that the client searches. */
export interface StratumJobReport {
  /** The id that the server has given it. */
  readonly id: string;
  /** The difficulty of its shares. */
  readonly difficulty: number;
  /** Whether all earlier jobs are worthless. */
  readonly clean: boolean;
  /** The number of versions that are tried with each nonce. */
  readonly versions: number;
}

/**
 * What became of a share. stale: it was found for a job that a clean one had replaced, and was not sent. lost: the connection
 * ended before an answer, and the session could not be resumed.
 */
export interface StratumShareReport {
  /** What became of it. */
  readonly outcome: 'accepted' | 'lost' | 'rejected' | 'stale';
  /** The id of its job. */
  readonly job: string;
  /** The difficulty of a share of this job. */
  readonly difficulty: number;
  /** The highest difficulty that its digest meets. */
  readonly met: number;
  /** Why it was rejected. */
  readonly reason?: RefusalCode;
  /** What the server says about it. */
  readonly text?: string;
}

/** The events of a {@link StratumClient}. */
export interface StratumClientEvents {
  /** The state has changed. */
  state: [StratumClientState];
  /** The search of a job begins. */
  job: [StratumJobReport];
  /** A share was answered, or will never be. */
  share: [StratumShareReport];
  /** The server sent a text for the user, or a request that was refused. Unsafe characters are escaped. */
  message: [text: string];
  /** A connection has failed. The client connects again after this time in ms. */
  disconnected: [error: StratumClientError, retryInMs: number];
}

/** A snapshot of a client. */
export interface StratumClientStatus {
  /** The state of the client. */
  readonly state: StratumClientState;
  /** The URL of the server. */
  readonly url: string;
  /** The id of the current job. */
  readonly job: string | undefined;
  /** The difficulty of its shares. */
  readonly difficulty: number | undefined;
  /** Hashes computed so far by all threads together. */
  readonly hashes: number;
  /** The hash rate of the last 10 seconds. */
  readonly hashesPerSecond: number | undefined;
  /** The numbers of shares. */
  readonly shares: {
    /** Those that the server accepted. */
    readonly accepted: number;
    /** Those that the server refused, by reason. */
    readonly rejected: Readonly<Partial<Record<RefusalCode, number>>>;
    /** Those that were found for a job that a clean one had replaced, and were not sent. */
    readonly stale: number;
    /** Those whose connection ended before an answer. */
    readonly lost: number;
    /** Those that were sent, or wait for a connection. */
    readonly unanswered: number;
  };
  /** The highest difficulty that the digest of an accepted share meets. */
  readonly bestShare: number | undefined;
  /** How often a login has succeeded. */
  readonly connections: number;
}
