// An HTTP service that solves proof-of-work challenges for its clients. If a client disconnects, the hashing stops. A
// challenge that would take too long is refused before any work is done. The event loop stays free during a search.
//
//   node examples/pow-service.mjs [port]
//   curl -s localhost:8080/solve -H 'content-type: application/json' -d '{"challenge":"68656c6c6f","leadingZeroBits":20}'
import Fastify from 'fastify';
import { fromHex, QantoError, solvePow, toHex, verifyPow } from 'qanto';

/** The maximum number of hashes that a challenge may take on average. One thread needs a few seconds for them. */
const MAX_EXPECTED_HASHES = 2 ** 26;
const NONCE_BYTES = 8;

/** The nonce follows the challenge, as 8 bytes in little-endian order. */
function templateOf({ challenge, leadingZeroBits }) {
  const bytes = fromHex(challenge);
  const preimage = new Uint8Array(bytes.length + NONCE_BYTES);
  preimage.set(bytes);
  return {
    algorithm: 'sha256d',
    preimage,
    nonce: { offset: bytes.length, encoding: 'u64le' },
    target: { leadingZeroBits },
  };
}

const challenge = {
  type: 'object',
  required: ['challenge', 'leadingZeroBits'],
  properties: {
    challenge: { type: 'string', pattern: '^([0-9a-f]{2}){1,1024}$' },
    leadingZeroBits: { type: 'integer', minimum: 1, maximum: 255 },
  },
};
const solved = { ...challenge, required: [...challenge.required, 'nonce'] };
solved.properties = { ...challenge.properties, nonce: { type: 'string', pattern: '^\\d{1,20}$' } };

export function buildService() {
  const service = Fastify({ bodyLimit: 4096 });

  service.post('/solve', { schema: { body: challenge } }, async (request, reply) => {
    const hungUp = new AbortController();
    reply.raw.once('close', () => hungUp.abort(new Error('the client disconnected')));
    const { nonce, digest, hashes } = await solvePow(templateOf(request.body), {
      signal: hungUp.signal,
      timeoutMs: 30_000,
      maxExpectedHashes: MAX_EXPECTED_HASHES,
    });
    return { nonce: String(nonce), digest: toHex(digest), hashes };
  });

  service.post('/verify', { schema: { body: solved } }, async ({ body }) => {
    return { valid: verifyPow(templateOf(body), BigInt(body.nonce)) };
  });

  // Every error of qanto has a stable code. The table distinguishes invalid requests from overload and timeouts.
  service.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof QantoError)) return reply.send(error);
    const status = {
      ERR_QANTO_EXPECTED_WORK_TOO_HIGH: 422,
      ERR_QANTO_INVALID_ARGUMENT: 400,
      ERR_QANTO_QUEUE_FULL: 503,
      ERR_QANTO_TIMED_OUT: 504,
    };
    return reply.code(status[error.code] ?? 500).send({ code: error.code, message: error.message });
  });
  return service;
}

if (import.meta.filename === process.argv[1]) {
  const service = buildService();
  console.log(`listening on ${await service.listen({ port: Number(process.argv[2] ?? 8080) })}`);
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => service.close());
}
