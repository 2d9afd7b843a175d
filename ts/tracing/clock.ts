import type { Span } from '@opentelemetry/api';

/** Of the SDK's spans, which begin at a `Date.now()`. */
const HOST_RESOLUTION_MS = 1;
/** Asking for it takes longer than for the time. */
const TIME_ORIGIN_MS = performance.timeOrigin;
/** Larger than what is lost of a time on its way through a double. */
const ROUNDING_MS = 0.001;

/**
 * Where a span begins and ends on the wall clock. Monotonic times are placed once for a whole tree of our spans, so that
 * within it a child never sticks out of its parent, whatever happens to the system's clock meanwhile.
 *
 * The SDK begins a span at a whole millisecond that has passed and counts on from there: its spans are early by up to
 * 1 ms. So that ours do not stick out of one of the host's at its end, they are early by 1 ms too, or by less if they
 * began so soon that they would stick out at the other end.
 */
export class TraceClock {
  /** To be added to `performance.now()`. */
  readonly #offsetMs: number;

  constructor(parent: Span | undefined) {
    // Exact to the microsecond, but it does not follow the system's clock when that is set. Date.now() does, in whole ms.
    const sinceStartMs = performance.now();
    const preciseMs = TIME_ORIGIN_MS + sinceStartMs;
    const wallMs = Date.now();
    const isPrecise = preciseMs >= wallMs && preciseMs < wallMs + 1;
    const nowMs = isPrecise ? preciseMs : wallMs;
    const parentBeganMs = beganMs(parent);
    const earliestMs = parentBeganMs === undefined ? nowMs : parentBeganMs + ROUNDING_MS;
    // A parent that seems to begin later than now has another clock: nothing to be done about.
    const isComparable = earliestMs - nowMs < HOST_RESOLUTION_MS;
    const placedMs = isComparable ? Math.max(nowMs - HOST_RESOLUTION_MS, earliestMs) : nowMs;
    this.#offsetMs = placedMs - sinceStartMs;
  }

  /** Milliseconds since the Unix epoch of a `performance.now()`; by default of this moment. */
  epochMs(performanceMs: number = performance.now()): number {
    return this.#offsetMs + performanceMs;
  }
}

/** When a span of the SDK began; the API's own spans do not tell. */
function beganMs(span: Span | undefined): number | undefined {
  const { startTime } = (span ?? {}) as { readonly startTime?: unknown };
  if (!Array.isArray(startTime)) return undefined;
  const [seconds, nanoseconds] = startTime as readonly unknown[];
  return typeof seconds === 'number' && typeof nanoseconds === 'number'
    ? seconds * 1e3 + nanoseconds / 1e6
    : undefined;
}
