// Prints traces as trees, from a span of the program down to the hashing threads. A service would export them instead; see
// docs/telemetry.md.
//
//   npm install @opentelemetry/api @opentelemetry/sdk-trace-node
//   node examples/trace.mjs
import { trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { solvePow } from 'qanto';
import { MemoryStore, QantoDag } from 'qanto/dag';
import { Miner } from 'qanto/miner';

const exporter = new InMemorySpanExporter();
new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).register();

const toMs = ([seconds, nanoseconds]) => seconds * 1e3 + nanoseconds / 1e6;

/** The spans below a span, as indented lines with the start time, the duration and the attributes. */
function lines(spans, parentId, beganMs, depth = 0) {
  return spans
    .filter((span) => span.parentSpanContext?.spanId === parentId)
    .sort((one, other) => toMs(one.startTime) - toMs(other.startTime))
    .flatMap((span) => {
      const began = beganMs ?? toMs(span.startTime);
      const at = (toMs(span.startTime) - began).toFixed(3).padStart(9);
      const took = toMs(span.duration).toFixed(3).padStart(9);
      const said = Object.entries(span.attributes).map(([name, value]) => `${name}=${value}`);
      const line = `${at} ${took}  ${'  '.repeat(depth)}${span.name}  ${said.join(' ')}`;
      return [line, ...lines(spans, span.spanContext().spanId, began, depth + 1)];
    });
}

/** Solves a template inside a span of the program, mines one block, and returns each trace as text. */
export async function main() {
  await trace.getTracer('example').startActiveSpan('GET /challenge', async (span) => {
    const template = {
      algorithm: 'sha256d',
      preimage: Buffer.from('pay 5 coins to alice........'),
      nonce: { offset: 20, encoding: 'u64le' },
      target: 2n ** 236n,
    };
    await solvePow(template, { threads: 2 });
    span.end();
  });
  const dag = await QantoDag.open({ network: 'devnet', store: new MemoryStore() });
  const miner = new Miner(dag, { address: 'ab'.repeat(32) });
  const mined = new Promise((resolve) => miner.once('mined', resolve));
  miner.start();
  await mined;
  await miner.stop();
  await dag.close();
  const spans = exporter.getFinishedSpans();
  const traceIds = [...new Set(spans.map((span) => span.spanContext().traceId))];
  return traceIds.map((id) => lines(spans.filter((span) => span.spanContext().traceId === id)).join('\n'));
}

if (import.meta.filename === process.argv[1]) {
  console.log(`${'at ms'.padStart(9)} ${'took ms'.padStart(9)}  span\n${(await main()).join('\n\n')}`);
}
