// A process with a gate over Redis. For each message `{ proof, times }` it checks the same request that many times at once, and
// sends back how often it has passed.
import { gate, redisClaims } from 'qanto/gate';
import { createClient } from 'redis';

const [, , socket, secret] = process.argv;
const client = createClient({ socket: { path: socket, tls: false } });
await client.connect();
const made = gate({ secret, expectedTries: 16, claims: redisClaims(client, { timeoutMs: 60_000 }) });
const request = { method: 'POST', target: '/orders', remoteAddress: '192.0.2.1' };

process.on('message', async ({ proof, times }) => {
  if (proof === undefined) {
    client.destroy();
    process.disconnect();
    return;
  }
  const header = (name) => (name === 'authorization' ? proof : undefined);
  const decisions = await Promise.all(
    Array.from({ length: times }, () => made.check({ ...request, header })),
  );
  const reasons = decisions.map((decision) => (decision.passed ? 'passed' : decision.refusal.body.reason));
  process.send(
    Object.fromEntries(
      [...new Set(reasons)].map((name) => [name, reasons.filter((one) => one === name).length]),
    ),
  );
});
process.send('ready');
