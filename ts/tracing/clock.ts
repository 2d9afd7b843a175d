import type { Span } from '@opentelemetry/api';

/** The resolution of the start times of the SDK's spans, which are values of `Date.now()`. */
const HOST_RESOLUTION_MS = 1;
/** Cached, because reading it takes longer than reading the time. */
const TIME_ORIGIN_MS = performance.timeOrigin;
/** More than the rounding error of a time as a double. */
const ROUNDING_MS = 0.001;

/**
 * Converts monotonic times to wall-clock times for the start and end of spans. The offset is determined once
 * for a tree of qanto's spans, so that a child always lies within its parent, even if the system clock is set
 * in the meantime.
 *
 * The SDK rounds the start of a span down to a whole millisecond and measures its end from there, so that its
 * spans are up to 1 ms early. Qanto's spans are therefore shifted by 1 ms as well, so that they do not end
 * after a span of the host that contains them. The shift is less if they would otherwise start before that
 * span.
 */
export class TraceClock {
  /** The difference between the wall-clock time and `performance.now()`. */
  readonly #offsetMs: number;

  constructor(parent: Span | undefined) {
    // timeOrigin + now() is exact to a microsecond but ignores changes of the system clock. Date.now() follows them, in ms.
    const sinceStartMs = performance.now();
    const wallMs = Date.now();
    const preciseMs = TIME_ORIGIN_MS + sinceStartMs;
    // The thread may be interrupted between these calls, so the two clocks agree if the first reading of one is not later
    // than that of the other, and the second one is not earlier.
    const isPrecise = preciseMs < wallMs + 1 && TIME_ORIGIN_MS + performance.now() >= wallMs;
    const nowMs = isPrecise ? preciseMs : wallMs;
    const parentBeganMs = beganMs(parent);
    const earliestMs = parentBeganMs === undefined ? nowMs : parentBeganMs + ROUNDING_MS;
    // A parent that seems to start in the future uses another clock, so that no shift would help.
    const isComparable = earliestMs - nowMs < HOST_RESOLUTION_MS;
    const placedMs = isComparable ? Math.max(nowMs - HOST_RESOLUTION_MS, earliestMs) : nowMs;
    this.#offsetMs = placedMs - sinceStartMs;
  }

  /**
   * Converts a value of `performance.now()`, by default the current one, to milliseconds since the Unix epoch.
   */
  epochMs(performanceMs: number = performance.now()): number {
    return this.#offsetMs + performanceMs;
  }
}

/** The start time of a span in ms since the Unix epoch. Only spans of an SDK have one. */
function beganMs(span: Span | undefined): number | undefined {
  const { startTime } = (span ?? {}) as { readonly startTime?: unknown };
  if (!Array.isArray(startTime)) return undefined;
  const [seconds, nanoseconds] = startTime as readonly unknown[];
  return typeof seconds === 'number' && typeof nanoseconds === 'number'
    ? seconds * 1e3 + nanoseconds / 1e6
    : undefined;
}
