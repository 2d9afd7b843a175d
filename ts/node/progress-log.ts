/** Logs how far a DAG is loaded, if opening it takes long. */
import type { OpeningProgress } from 'qanto/dag';
import type { Logger } from 'qanto/telemetry';

const INTERVAL_MS = 2000;

/** A listener for the progress. It logs nothing in the first two seconds. */
export function progressLogger(logger: Logger): (progress: OpeningProgress) => void {
  let nextMs = performance.now() + INTERVAL_MS;
  return ({ blocks, totalBlocks }) => {
    if (performance.now() < nextMs) return;
    nextMs = performance.now() + INTERVAL_MS;
    logger.info('loading blocks', { blocks, totalBlocks });
  };
}
