// A program that pays for its requests. It never works for more than it wants to, and stops when it is interrupted.
//
//   node examples/gate/client.mjs http://127.0.0.1:8080
import { payingFetch } from 'qanto/gate';

const [, , service = 'http://127.0.0.1:8080'] = process.argv;
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());

const pay = payingFetch({
  maxExpectedTries: 2 ** 22,
  maxMs: 10_000,
  signal: interrupted.signal,
  onPayment: ({ hashes, elapsedMs }) => console.error(`paid ${hashes} hashes in ${elapsedMs.toFixed(1)} ms`),
});
const response = await pay(`${service}/orders`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ item: 'a book' }),
});
console.log(response.status, await response.text());
