/** A miner that knows Stratum v1 from its descriptions alone: it shares no code with the server. */
import { createHash } from 'node:crypto';
import { connect, type Socket } from 'node:net';

export const sha256d = (bytes: Uint8Array): Buffer =>
  createHash('sha256').update(createHash('sha256').update(bytes).digest()).digest();

export const reversed = (bytes: Uint8Array): Buffer => Buffer.from(bytes).reverse();

/** The parameters of `mining.notify`. */
export interface Notify {
  readonly id: string;
  readonly prevHash: string;
  readonly coinbase1: string;
  readonly coinbase2: string;
  readonly branch: readonly string[];
  readonly version: string;
  readonly bits: string;
  readonly time: string;
  readonly clean: boolean;
}

/** What a miner varies. All are hex digits; `versionBits` may be absent. */
export interface Work {
  readonly extraNonce1: string;
  readonly extraNonce2: string;
  readonly time: string;
  readonly nonce: string;
  readonly versionBits?: string;
  readonly mask?: string;
}

/** The 80 bytes that a miner hashes. */
export function headerOf(notify: Notify, work: Work): Buffer {
  const coinbase = Buffer.from(
    notify.coinbase1 + work.extraNonce1 + work.extraNonce2 + notify.coinbase2,
    'hex',
  );
  let root = sha256d(coinbase);
  for (const node of notify.branch) root = sha256d(Buffer.concat([root, Buffer.from(node, 'hex')]));
  const mask = Number.parseInt(work.mask ?? '0', 16);
  const bits = Number.parseInt(work.versionBits ?? '0', 16);
  const version = ((Number.parseInt(notify.version, 16) & ~mask) | (bits & mask)) >>> 0;
  const words = notify.prevHash.match(/.{8}/g)!.map((word) => reversed(Buffer.from(word, 'hex')));
  const little = (hex: string) => reversed(Buffer.from(hex, 'hex'));
  return Buffer.concat([
    little(version.toString(16).padStart(8, '0')),
    ...words,
    root,
    little(work.time),
    little(notify.bits),
    little(work.nonce),
  ]);
}

export const toNotify = (params: readonly unknown[]): Notify => {
  const [id, prevHash, coinbase1, coinbase2, branch, version, bits, time, clean] = params as [...string[]] &
    [string, string, string, string, string[], string, string, string, boolean];
  return { id, prevHash, coinbase1, coinbase2, branch, version, bits, time, clean } as Notify;
};

/** The digest as the number that is compared with a target. */
export const digestValue = (digest: Uint8Array): bigint => BigInt(`0x${reversed(digest).toString('hex')}`);

/** The target of a difficulty, for difficulties that are powers of two. */
export const targetOf = (difficulty: number): bigint =>
  difficulty >= 1
    ? (0xffffn << 208n) / BigInt(difficulty)
    : (0xffffn << 208n) * BigInt(Math.round(1 / difficulty));

export interface Message {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: readonly unknown[];
  readonly result?: unknown;
  readonly error?: readonly [number, string, unknown] | null;
}

export class TestMiner {
  readonly socket: Socket;
  /** All messages that have arrived. */
  readonly messages: Message[] = [];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
  extraNonce1 = '';
  session = '';
  #rest = '';
  #id = 0;
  #waiting: (() => void)[] = [];
  #isClosed = false;

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.closed = new Promise((resolve) =>
      this.socket.on('close', () => {
        this.#isClosed = true;
        resolve();
        this.#wake();
      }),
    );
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n');
      this.#rest = lines.pop()!;
      this.messages.push(...lines.map((line) => JSON.parse(line) as Message));
      this.#wake();
    });
  }

  /** Resolves to the first message that fits, beginning with the message number `from`. */
  async find(fits: (message: Message) => boolean, from = 0): Promise<Message> {
    for (;;) {
      const found = this.messages.slice(from).find(fits);
      if (found !== undefined) return found;
      if (this.#isClosed) throw new Error(`the connection has ended: ${JSON.stringify(this.messages)}`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  write(text: string): void {
    this.socket.write(text);
  }

  /** Sends a request. Resolves to its answer. */
  request(method: string, ...params: unknown[]): Promise<Message> {
    this.#id += 1;
    const id = this.#id;
    this.write(`${JSON.stringify({ id, method, params })}\n`);
    return this.find((message) => message.id === id && message.method === undefined);
  }

  async subscribe(...params: unknown[]): Promise<Message> {
    const answer = await this.request('mining.subscribe', ...params);
    const [[[, session]], extraNonce1] = answer.result as [[[string, string]], string];
    this.session = session;
    this.extraNonce1 = extraNonce1;
    return answer;
  }

  /** Resolves to the next job, or to the first one that has arrived since the message number `from`. */
  async job(from = 0): Promise<Notify> {
    const message = await this.find(({ method }) => method === 'mining.notify', from);
    return toNotify(message.params!);
  }

  /** The difficulty that was sent last. */
  get difficulty(): number {
    const last = this.messages.findLast(({ method }) => method === 'mining.set_difficulty');
    return last!.params![0] as number;
  }

  async logIn(user: string, password = 'x'): Promise<Notify> {
    await this.subscribe();
    await this.request('mining.authorize', user, password);
    return this.job();
  }

  close(): Promise<void> {
    this.socket.destroy();
    return this.closed;
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}

/** Searches nonces from `start` on until `fits` is true of the digest. */
export function search(
  notify: Notify,
  miner: Pick<TestMiner, 'extraNonce1'>,
  fits: (value: bigint) => boolean,
  given: Partial<Work> = {},
): Work {
  const base = { extraNonce1: miner.extraNonce1, extraNonce2: '00000000', time: notify.time, ...given };
  const header = headerOf(notify, { nonce: '00000000', ...base });
  for (let nonce = 0; nonce < 2 ** 32; nonce += 1) {
    header.writeUInt32LE(nonce, 76);
    if (fits(digestValue(sha256d(header)))) return { ...base, nonce: nonce.toString(16).padStart(8, '0') };
  }
  throw new Error('no nonce fits');
}
