/** The routes of the page: its files, the events, and the answers to its questions. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { QantoError } from 'qanto';
import type { QantoDag } from 'qanto/dag';
import { encodeProof } from 'qanto/proofs';
import type { Access } from './access.ts';
import { blockCard } from './card.ts';
import type { Feed } from './feed.ts';
import type { PageFile } from './page.ts';
import { windowAround } from './records.ts';
import { seek } from './seek.ts';

/** What the page shows. */
export interface Viewed {
  readonly dag: QantoDag;
  readonly feed: Feed;
}

export interface ViewRoutes {
  readonly files: ReadonlyMap<string, PageFile>;
  /** Undefined while the node is being opened. */
  readonly viewed: () => Viewed | undefined;
  /** Undefined if everybody who can reach the server may see the page. */
  readonly access: () => Access | undefined;
  /** Called when a connection becomes a stream of events, which may stay open for days. */
  readonly onStream: (request: FastifyRequest) => void;
}

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const OPENING = { error: 'OPENING', message: 'the node is being opened' };
const FULL = { error: 'TOO_MANY_VIEWERS', message: 'too many pages are open; close one, or try again later' };
const FORBIDDEN = {
  error: 'NO_SESSION',
  message: 'the page needs a link with a new code, which the command "qanto view" prints',
};
const OTHER_SITE = { error: 'OTHER_SITE', message: 'only the page of the node may ask for this' };
const HASH = { type: 'string', pattern: '^[0-9a-f]{64}$' } as const;
const WITH_HASH = { params: { type: 'object', properties: { hash: HASH } } } as const;
const SEEK = {
  querystring: {
    type: 'object',
    required: ['from', 'kind', 'direction'],
    properties: {
      from: HASH,
      kind: { enum: ['red', 'group'] },
      direction: { enum: ['ahead', 'back'] },
      size: { type: 'integer', minimum: 2, maximum: 1000, default: 3 },
    },
  },
} as const;

/** Adds the routes to the application of the server. */
export function addViewRoutes(app: FastifyInstance, { files, viewed, access, onStream }: ViewRoutes): void {
  const send = (file: PageFile, request: FastifyRequest, reply: FastifyReply) => {
    reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-cache', etag: file.etag });
    if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
    return reply.type(file.type).send(file.body);
  };
  app.get('/', async (request, reply) => send(files.get('index.html')!, request, reply));
  for (const [name, file] of files) {
    // The files hold no secrets, and the page must be shown before it can exchange the code.
    app.get(`/view/page/${name}`, async (request, reply) => send(file, request, reply));
  }

  app.register(
    async (view) => {
      view.addHook('onRequest', async (request, reply) => {
        reply.headers({ ...SECURITY_HEADERS, 'cache-control': 'no-store' });
        const site = request.headers['sec-fetch-site'];
        if (site !== undefined && site !== 'same-origin' && site !== 'none') {
          return reply.code(403).send(OTHER_SITE);
        }
        if (request.routeOptions.url === '/view/session') return;
        if (access()?.allows(request.headers.cookie) === false) return reply.code(401).send(FORBIDDEN);
        if (viewed() === undefined) return reply.code(503).header('retry-after', '1').send(OPENING);
      });

      view.post('/session', async (request, reply) => {
        const code = request.headers['x-qanto-code'];
        const cookie = typeof code === 'string' ? access()?.exchange(code) : undefined;
        return cookie === undefined
          ? reply.code(401).send(FORBIDDEN)
          : reply.code(204).header('set-cookie', cookie).send();
      });

      view.get<{ Querystring: { after?: string } }>('/events', (request, reply) => {
        const { feed } = viewed()!;
        if (feed.isFull) return reply.code(503).header('retry-after', '5').send(FULL);
        const lastId = request.headers['last-event-id'] ?? request.query.after;
        reply.hijack();
        onStream(request);
        feed.open(reply.raw, typeof lastId === 'string' ? lastId : undefined);
      });

      // A browser does not tell the page with which status a stream was refused.
      view.get('/state', async () => ({ isFull: viewed()!.feed.isFull }));

      view.get<{ Params: { hash: string } }>('/blocks/:hash', { schema: WITH_HASH }, async (request) =>
        known(await blockCard(viewed()!.dag, request.params.hash), 'this block is not in memory'),
      );

      view.get<{ Params: { hash: string }; Querystring: { payload?: string } }>(
        '/blocks/:hash/proof',
        { schema: { ...WITH_HASH, querystring: { type: 'object', properties: { payload: PAYLOAD } } } },
        async (request, reply) => {
          const { hash } = request.params;
          const { payload } = request.query;
          const index = payload === undefined ? undefined : Number(payload);
          const proof = encodeProof(await viewed()!.dag.proveInclusion(hash, index));
          const name = `${hash.slice(0, 16)}${payload === undefined ? '' : `-payload-${payload}`}.qanto-proof`;
          return reply
            .type('application/octet-stream')
            .header('content-disposition', `attachment; filename="${name}"`)
            .send(Buffer.from(proof));
        },
      );

      view.get<{ Params: { hash: string } }>('/around/:hash', { schema: WITH_HASH }, async (request) =>
        known(windowAround(viewed()!.dag, request.params.hash), 'this block has no place in the order yet'),
      );

      view.get<{
        Querystring: { from: string; kind: 'red' | 'group'; direction: 'ahead' | 'back'; size: number };
      }>('/seek', { schema: SEEK }, async ({ query: { from, ...sought } }) =>
        seek(viewed()!.dag, from, sought),
      );

      view.get<{ Params: { id: string } }>('/reorganisations/:id', async (request) =>
        known(viewed()!.feed.reorganisations.detail(Number(request.params.id)), 'it is not kept any more'),
      );

      view.setErrorHandler(async (error: Error & { statusCode?: number }, _request, reply) => {
        if (error instanceof NotKnown) {
          return reply.code(404).send({ error: 'NOT_FOUND', message: error.message });
        }
        // These are the errors of the queries: the block is unknown, was pruned, or is not in the past of the sink.
        if (error instanceof QantoError)
          return reply.code(404).send({ error: error.code, message: error.message });
        throw error;
      });
    },
    { prefix: '/view' },
  );
}

const PAYLOAD = { type: 'string', pattern: '^[0-9]{1,6}$' } as const;

class NotKnown extends Error {}

/** Throws an error that is answered with 404 if there is no value. */
function known<T>(value: T | undefined, problem: string): T {
  if (value === undefined) throw new NotKnown(problem);
  return value;
}
