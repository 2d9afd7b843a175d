import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  type ReadableSpan,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node';

/** A span in the JSON of OTLP/HTTP. */
export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  /** Nanoseconds since the Unix epoch, as decimal text. */
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[];
  readonly events?: readonly { readonly name: string; readonly timeUnixNano: string }[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface ExportRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
}

/**
 * The delay of a span's clock in nanoseconds, by span id, if it exceeds the 1 ms that the SDK's rounding to whole
 * milliseconds explains. The SDK reads two clocks when a span starts, and the thread may be interrupted in between.
 */
const behind = new Map<string, bigint>();

const clockChecks: SpanProcessor = {
  onStart(span: ReadableSpan) {
    const [seconds, nanoseconds] = span.startTime;
    const isOfTheSdk = nanoseconds % 1e6 === 0;
    const passedMs = performance.timeOrigin + performance.now() - (seconds * 1e3 + nanoseconds / 1e6);
    if (isOfTheSdk && passedMs > 1) {
      behind.set(span.spanContext().spanId, BigInt(Math.ceil((passedMs - 1) * 1e6)));
    }
  },
  onEnd() {},
  forceFlush: async () => {},
  shutdown: async () => {},
};

/** Ends an export that hangs, as the time limit of the tests does. */
const GUARD_MS = 120_000;
/** More spans than a test has. */
const ALL_SPANS = 1_000_000;

/** The real SDK, registered in this process. It exports over HTTP to a server in the same process. */
export class Otlp {
  readonly #server = createServer();
  readonly #spans: ReceivedSpan[] = [];
  #provider: NodeTracerProvider | undefined;

  async start(): Promise<void> {
    this.#server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString()) as ExportRequest;
      for (const { scopeSpans } of resourceSpans) {
        for (const { spans } of scopeSpans) this.#spans.push(...spans);
      }
      response.setHeader('content-type', 'application/json').end('{}');
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const { port } = this.#server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: GUARD_MS });
    // The method forceFlush() waits only for the export that it begins itself, so the processor must begin no other.
    const processor = new BatchSpanProcessor(exporter, {
      maxQueueSize: ALL_SPANS,
      maxExportBatchSize: ALL_SPANS,
      scheduledDelayMillis: 2 ** 31 - 1,
      exportTimeoutMillis: GUARD_MS,
    });
    this.#provider = new NodeTracerProvider({ spanProcessors: [clockChecks, processor] });
    this.#provider.register();
  }

  /** The spans that have ended since the previous call. */
  async take(): Promise<ReceivedSpan[]> {
    await this.#provider?.forceFlush();
    return this.#spans.splice(0);
  }

  async stop(): Promise<void> {
    await this.#provider?.shutdown();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

export function named(spans: readonly ReceivedSpan[], name: string): ReceivedSpan[] {
  return spans.filter((span) => span.name === name);
}

export function attributes(span: ReceivedSpan): Record<string, unknown> {
  return Object.fromEntries(span.attributes.map(({ key, value }) => [key, plain(value)]));
}

/** The JSON of OTLP represents a 64-bit integer as a string. */
function plain(value: Record<string, unknown>): unknown {
  return 'intValue' in value ? Number(value['intValue']) : Object.values(value)[0];
}

/** The spans that do not lie within their parents, with the nanoseconds by which they start too early and end too late. */
export function notNested(spans: readonly ReceivedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.flatMap((span) => {
    const parent = byId.get(span.parentSpanId ?? '');
    if (!parent) return [];
    const early = BigInt(parent.startTimeUnixNano) - BigInt(span.startTimeUnixNano);
    const parentEnd = BigInt(parent.endTimeUnixNano) + (behind.get(parent.spanId) ?? 0n);
    const late = BigInt(span.endTimeUnixNano) - parentEnd;
    return early > 0n || late > 0n ? [`${span.name} in ${parent.name}: ${early} ns, ${late} ns`] : [];
  });
}

/** Each span with its parent, as `name <- parent`. */
export function parentage(spans: readonly ReceivedSpan[]): string[] {
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  return spans.map(({ name, parentSpanId, traceId }) => {
    if (!parentSpanId) return name;
    const parent = byId.get(parentSpanId);
    if (!parent) return `${name} <- a span that was not received`;
    return parent.traceId === traceId ? `${name} <- ${parent.name}` : `${name} <- another trace`;
  });
}

/** The number of occurrences of each value. */
export function tally(values: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
