import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from '@jest/globals';
import { silentLogger } from '../../ts/logger.ts';
import { startServer } from '../../ts/node/server.ts';

interface Row {
  readonly attack: string;
  readonly failed: number;
  readonly p99Ms: number;
  readonly memoryMiB?: number;
}

test('A node answers /healthz and keeps its memory while clients misbehave', async () => {
  const bench = path.resolve(__dirname, '../../bench/monitoring.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [bench, '--json', '--seconds', '5']);
  const rows: Row[] = JSON.parse(stdout);
  // The bounds leave room for a busy machine. Without limits, probes took 10 to 100 s, and the memory 770 MB.
  const bad = rows.filter(
    ({ failed, p99Ms, memoryMiB = 0 }) => failed > 0 || p99Ms > 5000 || memoryMiB > 400,
  );
  expect(rows.length).toBeGreaterThan(1);
  expect(bad).toEqual([]);
});

test('A request that does not arrive within 5 s is answered with 408 soon after', async () => {
  const served = {
    metrics: () => undefined,
    readiness: () => ({ ready: true, reasons: [] }),
    status: () => ({}),
  };
  const server = await startServer({ port: 0 }, served, silentLogger);
  const startedAt = performance.now();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1').on('error', () => {});
  socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nx: ');
  const timer = setInterval(() => socket.write('x'), 500);
  const answer = await new Promise<string>((resolve) => socket.once('data', (data) => resolve(String(data))));
  const elapsedMs = performance.now() - startedAt;
  clearInterval(timer);
  socket.destroy();
  await server.close();
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  // By default, Node.js checks its time limits every 30 s.
  expect(elapsedMs).toBeGreaterThan(4500);
  expect(elapsedMs).toBeLessThan(20_000);
});
