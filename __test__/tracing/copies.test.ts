/** An SDK that registered itself through a copy of `@opentelemetry/api` that qanto cannot load. */
import { afterEach, expect, test } from '@jest/globals';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { solvePow, type Template } from '../../ts/pow/index.ts';

const template: Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(80).fill(7),
  nonce: { offset: 72, encoding: 'u64le' },
  target: 2n ** 242n,
};

/** The global of the API. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
const globals = globalThis as { [REGISTERED]?: object };

afterEach(() => {
  delete globals[REGISTERED];
});

test.each(['1.0.0', '1.8.0', '1.99.0'])(
  'An SDK that was registered through version %s of the API records the spans of a job',
  async (version) => {
    const exporter = new InMemorySpanExporter();
    const trace = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
    // Not trace.register(), which uses the copy that is installed here.
    globals[REGISTERED] = { version, trace };
    await solvePow(template);
    await trace.forceFlush();
    const spans = exporter.getFinishedSpans();
    const [job] = spans.filter(({ name }) => name === 'solvePow');
    const threads = spans.filter(({ name }) => name === 'mine_cpu');
    expect(threads.length).toBeGreaterThan(0);
    for (const { parentSpanContext } of threads) {
      expect(parentSpanContext?.spanId).toBe(job?.spanContext().spanId);
    }
  },
);
