/** A client and a miner that know JSON-RPC and BIP 22 from their descriptions alone: they share no code with the server. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import path from 'node:path';
import { afterEach } from '@jest/globals';
import { seededEnvironment } from '../../../ts/environment.ts';
import { type NodeConfig, type NodeOptions, QantoNode } from '../../../ts/node/index.ts';
import { TEST_ADDRESS } from '../../../ts/testing.ts';
import { temporaryDirectory } from '../control/support.ts';

export const USER = { user: 'miner', password: 'a:secret' };

const opened: QantoNode[] = [];
afterEach(async () => {
  for (const node of opened.splice(0)) await node.stop();
});

/** A node that does not mine, and its client. */
export async function openRpcNode(
  config: Partial<NodeConfig> = {},
  options: Partial<NodeOptions> = {},
): Promise<{ node: QantoNode; client: Client }> {
  const node = await QantoNode.open(
    {
      network: 'regtest',
      miner: { address: TEST_ADDRESS, threads: 1 },
      rpc: { enabled: true, port: 0, ...USER },
      ...config,
    },
    { environment: seededEnvironment(11), ...options },
  );
  opened.push(node);
  return { node, client: new Client(node.rpcUrl!, `${USER.user}:${USER.password}`) };
}

/** A node with a data directory, and a client that reads the token in it. */
export async function openCookieNode(config: Partial<NodeConfig> = {}) {
  const dataDir = path.join(temporaryDirectory(), 'chain');
  const { node } = await openRpcNode({ dataDir, rpc: { enabled: true, port: 0 }, ...config });
  return { node, dataDir, client: new Client(node.rpcUrl!, readFileSync(cookieOf(dataDir), 'utf8')) };
}

export const cookieOf = (dataDir: string) => path.join(dataDir, 'rpc.cookie');

export interface Response {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

export interface Reply {
  // biome-ignore lint/suspicious/noExplicitAny: results have many forms, which the tests check.
  readonly result?: any;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data?: { code: string };
  } | null;
  readonly id?: unknown;
  readonly jsonrpc?: string;
}

export class Client {
  readonly url: string;
  readonly #credentials: string;

  constructor(url: string, credentials: string) {
    this.url = url;
    this.#credentials = credentials;
  }

  get authorization(): string {
    return `Basic ${Buffer.from(this.#credentials).toString('base64')}`;
  }

  /** Sends a body with the credentials, unless the headers have others. */
  send(
    body: string | Uint8Array,
    headers: OutgoingHttpHeaders = {},
    options: SendOptions = {},
  ): Promise<Response> {
    return send(this.url, body, { authorization: this.authorization, ...headers }, options);
  }

  /** Calls a method in version 1, and returns its result. Rejects with the code and the message of an error. */
  // biome-ignore lint/suspicious/noExplicitAny: results have many forms, which the tests check.
  async call(method: string, ...params: readonly unknown[]): Promise<any> {
    const { text } = await this.send(JSON.stringify({ method, params, id: 1 }));
    const { result, error } = JSON.parse(text) as Reply;
    if (error) throw new Error(`${error.code} ${error.message}`);
    return result;
  }

  /** Sends a request as it is, and returns the HTTP status and the answer. */
  async ask(request: unknown): Promise<Reply & { status: number }> {
    const { status, text } = await this.send(JSON.stringify(request));
    return { status, ...(JSON.parse(text) as Reply) };
  }
}

export interface SendOptions {
  readonly signal?: AbortSignal;
  readonly method?: string;
  readonly path?: string;
}

export function send(
  url: string,
  body: string | Uint8Array,
  headers: OutgoingHttpHeaders,
  { signal, method = 'POST', path = '/' }: SendOptions = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const options = { method, path, headers, agent: false, ...(signal && { signal }) } as const;
    const request = httpRequest(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode!, headers: response.headers, text });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

export const sha256d = (bytes: Uint8Array): Buffer =>
  createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();
const reversed = (hex: string): Buffer => Buffer.from(hex, 'hex').reverse();

/** The members of a template that a miner uses. */
export interface Template {
  readonly version: number;
  readonly previousblockhash: string;
  readonly transactions: readonly { readonly data: string; readonly txid: string }[];
  readonly coinbasetxn: { readonly data: string };
  readonly longpollid: string;
  readonly target: string;
  readonly bits: string;
  readonly curtime: number;
  readonly mintime: number;
  readonly maxtime: number;
  readonly height: number;
}

/** What a test does differently from a miner. */
export interface Changes {
  readonly coinbase?: Buffer;
  readonly time?: number;
  readonly version?: number;
  readonly bits?: string;
  /** Whether the hash shall miss the target. */
  readonly misses?: boolean;
}

/** Bitcoin's merkle root. */
function merkleRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 1) return leaves[0]!;
  const above: Buffer[] = [];
  for (let index = 0; index < leaves.length; index += 2) {
    above.push(sha256d(Buffer.concat([leaves[index]!, leaves[index + 1] ?? leaves[index]!])));
  }
  return merkleRoot(above);
}

/** Mines a template as BIP 22 describes. Returns the block in hex digits, and its hash as it is displayed. */
export function mine(template: Template, changes: Changes = {}): { hex: string; hash: string } {
  const coinbase = changes.coinbase ?? Buffer.from(template.coinbasetxn.data, 'hex');
  const contents = [coinbase, ...template.transactions.map(({ data }) => Buffer.from(data, 'hex'))];
  const header = Buffer.alloc(80);
  header.writeUInt32LE(changes.version ?? template.version, 0);
  reversed(template.previousblockhash).copy(header, 4);
  merkleRoot(contents.map(sha256d)).copy(header, 36);
  header.writeUInt32LE(changes.time ?? template.curtime, 68);
  reversed(changes.bits ?? template.bits).copy(header, 72);
  for (let nonce = 0; ; nonce++) {
    header.writeUInt32LE(nonce, 76);
    const hash = sha256d(header).reverse().toString('hex');
    if (hash <= template.target === (changes.misses === true)) continue;
    const body = Buffer.concat([header, Buffer.from([contents.length]), ...contents]);
    return { hex: body.toString('hex'), hash };
  }
}
