/** Reading the metrics for many requests at once. */

/** Reads the metrics. Undefined while the node is being opened. */
export type Scrape = () => Promise<{ readonly contentType: string; readonly text: string }> | undefined;

interface Answer {
  readonly contentType: string;
  readonly body: Buffer;
}

/** The pause after a scrape, as a multiple of its duration, so that scrapes normally take at most a tenth of the time. */
const PAUSE_FACTOR = 9;
/** A scrape takes longer if it waits for a file system, which does not load the event loop. */
const MAX_PAUSE_MS = 1_000;

/**
 * Returns a function that reads the metrics for all requests that wait for them, and sends them one buffer. After that it
 * pauses: the next requests wait together for the end of the pause, and then get values that are newer than themselves. Only
 * a request that arrives while metrics are being read may get values that are older than itself, by the duration of a scrape.
 */
export function sharedScrapes(scrape: Scrape): () => Promise<Answer | undefined> {
  let pauseEndsAtMs = 0;
  let pending: Promise<Answer | undefined> | undefined;
  const read = async () => {
    const pauseMs = pauseEndsAtMs - performance.now();
    // The requests that wait keep the process alive, not the timer.
    if (pauseMs > 0) await new Promise<void>((resolve) => setTimeout(resolve, pauseMs).unref());
    const startedAtMs = performance.now();
    try {
      const metrics = await scrape();
      return metrics && { contentType: metrics.contentType, body: Buffer.from(metrics.text) };
    } finally {
      const endedAtMs = performance.now();
      pauseEndsAtMs = endedAtMs + Math.min(PAUSE_FACTOR * (endedAtMs - startedAtMs), MAX_PAUSE_MS);
    }
  };
  return () => {
    pending ??= read().finally(() => {
      pending = undefined;
    });
    return pending;
  };
}
