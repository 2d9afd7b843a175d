import type { QantoDag } from 'qanto/dag';
import type { Miner } from 'qanto/miner';

/** A reason why a node cannot extend its DAG at this moment. */
export interface NotReady {
  /** `OPENING`, `STOPPING`, `ERR_QANTO_STORE_FAILED`, `CIRCUIT_OPEN`, or the code of the error from building a template. */
  readonly code: string;
  /** The reason in words. */
  readonly message: string;
}

/** Whether a node can extend its DAG. */
export interface Readiness {
  /** Whether a block could be mined and stored now. */
  readonly ready: boolean;
  /** Empty if the node is ready. */
  readonly reasons: readonly NotReady[];
}

export const OPENING: Readiness = {
  ready: false,
  reasons: [{ code: 'OPENING', message: 'the store is being opened' }],
};

export interface ReadinessContext {
  readonly dag: Pick<QantoDag, 'buildTemplate' | 'info'>;
  readonly miner: Pick<Miner, 'status'>;
  /** Coinbase address for the template. */
  readonly address: string;
  readonly stopping: boolean;
}

/** Builds a template, which is the first step of mining, and checks the conditions that would prevent a block from being stored. */
export function readinessOf({ dag, miner, address, stopping }: ReadinessContext): Readiness {
  const reasons: NotReady[] = [];
  if (stopping) {
    reasons.push({ code: 'STOPPING', message: 'the node is stopping or has stopped' });
    return { ready: false, reasons };
  }
  if (!dag.info().writable) {
    reasons.push({
      code: 'ERR_QANTO_STORE_FAILED',
      message: 'a write to the store failed; the node must be started again',
    });
  }
  if (miner.status().circuit === 'open') {
    reasons.push({
      code: 'CIRCUIT_OPEN',
      message: 'too many tries in a row failed; the miner waits before it tries again',
    });
  }
  try {
    dag.buildTemplate({ address });
  } catch (error) {
    const { code = 'INTERNAL', message } = error as Error & { code?: string };
    reasons.push({ code, message });
  }
  return { ready: reasons.length === 0, reasons };
}
