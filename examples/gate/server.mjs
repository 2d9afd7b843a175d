// A service with a gate in front of two routes: a form for people, with ALTCHA's widget, and an endpoint for programs. Several
// processes share the secret and a Redis, so that a proof can be used once in all of them.
//
//   export GATE_SECRET=$(openssl rand -base64 48)
//   node examples/gate/server.mjs 8080 redis://127.0.0.1:6379
//   node examples/gate/server.mjs 8081 redis://127.0.0.1:6379
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import express from 'express';
import { Redis } from 'ioredis';
import { gate, redisClaims } from 'qanto/gate';

const [, , port = '8080', redisAddress = 'redis://127.0.0.1:6379'] = process.argv;
const redis = new Redis(redisAddress);
redis.on('error', (error) => console.error(`redis: ${error.message}`));

const guard = gate({
  secret: process.env.GATE_SECRET,
  claims: redisClaims(redis),
  // ALTCHA's widget solves challenges of both versions from its version 3 on, and those of version 1 before.
  forms: ['native', 'altcha-v1', 'altcha-v2'],
  // A process that answers many visitors asks each of them for more.
  load: {
    levels: [
      { from: 500, times: 2 },
      { from: 5000, times: 8 },
    ],
  },
});

const app = express();
const altcha = createRequire(import.meta.url).resolve('altcha');
const page = (version) => `<!doctype html>
<title>Sign up</title>
<script type="module" src="/altcha.js"></script>
<form method="post" action="/signup">
  <input name="name" value="Ada">
  <altcha-widget challenge="/challenge/${version}"></altcha-widget>
  <button>Sign up</button>
</form>`;
app.get('/', (_request, response) => response.type('html').send(page('v1')));
app.get('/v2', (_request, response) => response.type('html').send(page('v2')));
app.get('/altcha.js', (_request, response) => createReadStream(altcha).pipe(response.type('js')));

// The widget asks here for a challenge, which is valid for the form.
for (const version of ['v1', 'v2']) {
  const form = `altcha-${version}`;
  app.get(`/challenge/${version}`, (_request, response) => {
    const challenges = guard.issue({ method: 'POST', path: '/signup', form });
    response.set('cache-control', 'no-store').json(challenges[form]);
  });
}
app.post('/signup', express.urlencoded(), guard.express(), (request, response) => {
  response.type('text').send(`Welcome, ${request.body.name}`);
});

// Programs send the request, and once more with a proof.
app.post('/orders', guard.express({ expectedTries: 2 ** 18 }), express.json(), (request, response) => {
  response.status(201).json({ ordered: request.body, by: process.pid });
});

const server = app.listen(Number(port), '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    server.close(() => redis.disconnect());
    server.closeIdleConnections();
  });
}
