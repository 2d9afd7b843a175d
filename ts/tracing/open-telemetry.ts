/**
 * Access to the OpenTelemetry SDK that the host has registered. An SDK registers itself in a global that all copies
 * of `@opentelemetry/api` 1.x share. This module reads the global itself and loads no copy, because a copy ignores an
 * SDK that was registered through an older one, without a warning. It uses only what the global has held since
 * version 1.0.0: every version of the API must keep that, because older copies read it as well.
 */
import type { Context, ContextManager, Span, SpanContext, Tracer, TracerProvider } from '@opentelemetry/api';

/** The key of the global, from `internal/global-utils` of the API. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
/** The key of the active span in a context. It is the same symbol in all copies of the API. */
const SPAN = Symbol.for('OpenTelemetry Context Key SPAN');
/** The value of `SpanStatusCode.ERROR`. */
export const ERROR_STATUS = 2;

interface Registered {
  readonly trace?: TracerProvider;
  readonly context?: ContextManager;
}

let current: OpenTelemetry | undefined;

/** What is registered. Undefined if no SDK is, so that no spans are recorded. */
export function openTelemetry(): OpenTelemetry | undefined {
  const { trace, context } = (globalThis as { [REGISTERED]?: Registered })[REGISTERED] ?? {};
  if (trace === undefined) return undefined;
  if (current?.provider !== trace || current.manager !== context) current = new OpenTelemetry(trace, context);
  return current;
}

export class OpenTelemetry {
  readonly provider: TracerProvider;
  /** Undefined if the SDK has no context manager. No span is active then. */
  readonly manager: ContextManager | undefined;

  constructor(provider: TracerProvider, manager: ContextManager | undefined) {
    this.provider = provider;
    this.manager = manager;
  }

  /** The tracer. It is looked up for each span, because the host may replace its SDK. */
  get tracer(): Tracer {
    return this.provider.getTracer('qanto');
  }

  /** The active context. */
  active(): Context {
    return this.manager?.active() ?? EMPTY_CONTEXT;
  }

  /** Calls `work` with the context as the active one. */
  with<T>(context: Context, work: () => T): T {
    return this.manager ? this.manager.with(context, work) : work();
  }
}

/** The span of a context. */
export function spanOf(context: Context): Span | undefined {
  return (context.getValue(SPAN) as Span | undefined) ?? undefined;
}

/** A context with another span. */
export function withSpanIn(context: Context, span: Span): Context {
  return context.setValue(SPAN, span);
}

/** Whether the ids have the right length and are not 0. Spans that no SDK makes have invalid ids. */
export function isValid({ traceId, spanId }: SpanContext): boolean {
  return isId(traceId, 32) && isId(spanId, 16);
}

function isId(id: unknown, digits: number): boolean {
  return typeof id === 'string' && id.length === digits && /^[\da-f]*[1-9a-f][\da-f]*$/i.test(id);
}

/** The context if there is no context manager. */
class PlainContext implements Context {
  readonly #values: ReadonlyMap<symbol, unknown>;

  constructor(values: ReadonlyMap<symbol, unknown>) {
    this.#values = values;
  }

  getValue(key: symbol): unknown {
    return this.#values.get(key);
  }

  setValue(key: symbol, value: unknown): Context {
    return new PlainContext(new Map(this.#values).set(key, value));
  }

  deleteValue(key: symbol): Context {
    return new PlainContext(new Map([...this.#values].filter(([other]) => other !== key)));
  }
}

const EMPTY_CONTEXT: Context = new PlainContext(new Map());
