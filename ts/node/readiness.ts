import type { QantoDag } from 'qanto/dag';
import type { Miner } from 'qanto/miner';

/** Why a node cannot extend its DAG at this moment. */
export interface NotReady {
  /** `OPENING`, `STOPPING`, `ERR_QANTO_STORE_FAILED`, `CIRCUIT_OPEN`, or the code of the error that a template ends in. */
  readonly code: string;
  /** The same for people, in a sentence. */
  readonly message: string;
}

/** Whether a node can extend its DAG. */
export interface Readiness {
  /** Whether a block could be mined and kept now. */
  readonly ready: boolean;
  /** Empty when it is ready. */
  readonly reasons: readonly NotReady[];
}

export const OPENING: Readiness = {
  ready: false,
  reasons: [{ code: 'OPENING', message: 'the store is being opened' }],
};

export interface ReadinessContext {
  readonly dag: Pick<QantoDag, 'buildTemplate' | 'info'>;
  readonly miner: Pick<Miner, 'status'>;
  /** Who a template would be for. */
  readonly address: string;
  readonly stopping: boolean;
}

/** Tries what mining a block begins with, and looks at what would keep it from being kept. */
export function readinessOf({ dag, miner, address, stopping }: ReadinessContext): Readiness {
  const reasons: NotReady[] = [];
  if (stopping) {
    reasons.push({ code: 'STOPPING', message: 'the node is stopping or has stopped' });
    return { ready: false, reasons };
  }
  if (!dag.info().writable) {
    reasons.push({ code: 'ERR_QANTO_STORE_FAILED', message: 'a write failed; the DAG must be opened again' });
  }
  if (miner.status().circuit === 'open') {
    reasons.push({ code: 'CIRCUIT_OPEN', message: 'too many tries failed in a row; mining pauses' });
  }
  try {
    dag.buildTemplate({ address });
  } catch (error) {
    const { code = 'INTERNAL', message } = error as Error & { code?: string };
    reasons.push({ code, message });
  }
  return { ready: reasons.length === 0, reasons };
}
