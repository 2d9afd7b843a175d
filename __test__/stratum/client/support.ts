/** A Stratum server whose every line a test writes. It shares no code with the client. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { digestValue, headerOf, type Message, type Notify, sha256d } from '../support.ts';

/** A job that any previous hash and coinbase make. */
export const NOTIFY: Notify = {
  id: 'j1',
  prevHash: 'a29277ea2a5e406f9cf4c6e960be3ba90aacce76833dc51f7f7d6c42e477932d',
  coinbase1: '636f696e62617365',
  coinbase2: '2d656e64',
  branch: ['ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'],
  version: '20000000',
  bits: '1d00ffff',
  time: '6b06ef58',
  clean: true,
};

export interface Script {
  readonly extraNonce1: string;
  readonly extraNonce2Bytes: number;
  readonly difficulty: number;
  readonly mask?: string;
  readonly session?: string;
  /** Whether shares are answered. Default: true. */
  readonly answers?: boolean;
}

/** The share of a `mining.submit`, as the server sees it. */
export interface Submitted {
  readonly params: readonly string[];
  readonly value: bigint;
  readonly connection: number;
}

export class ScriptedServer {
  readonly #server: Server;
  readonly requests: Message[] = [];
  readonly submitted: Submitted[] = [];
  script: Script;
  /** Replaces what is done with a new connection. */
  greet: ((socket: Socket) => void) | undefined;
  readonly #jobs = new Map<string, { notify: Notify; extraNonce1: string }>();
  #extraNonce1: string;
  readonly #sockets: Socket[] = [];
  readonly #waiting: (() => void)[] = [];

  private constructor(server: Server, script: Script) {
    this.#server = server;
    this.script = script;
    this.#extraNonce1 = script.extraNonce1;
    server.on('connection', (socket) => this.#serve(socket));
  }

  static async listen(script: Script): Promise<ScriptedServer> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedServer(server, script);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `stratum+tcp://127.0.0.1:${this.port}`;
  }

  get connections(): number {
    return this.#sockets.length;
  }

  send(method: string, params: readonly unknown[], id: unknown = null): void {
    this.#sockets.at(-1)!.write(`${JSON.stringify({ id, method, params })}\n`);
  }

  answer(id: unknown): void {
    this.#sockets.at(-1)!.write(`${JSON.stringify({ id, result: true, error: null })}\n`);
  }

  notify(notify: Notify): void {
    this.#jobs.set(notify.id, { notify, extraNonce1: this.#extraNonce1 });
    const { id, prevHash, coinbase1, coinbase2, branch, version, bits, time, clean } = notify;
    this.send('mining.notify', [id, prevHash, coinbase1, coinbase2, branch, version, bits, time, clean]);
  }

  setExtraNonce(extraNonce1: string, size: number): void {
    this.#extraNonce1 = extraNonce1;
    this.send('mining.set_extranonce', [extraNonce1, size]);
  }

  disconnect(): void {
    this.#sockets.at(-1)!.destroy();
  }

  /** Resolves when `holds` is true, which is looked at after each line. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(socket: Socket): void {
    this.#sockets.push(socket);
    socket.on('error', () => {});
    if (this.greet !== undefined) this.greet(socket);
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      if (this.greet === undefined) for (const line of lines) this.#take(socket, JSON.parse(line) as Message);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  #take(socket: Socket, message: Message): void {
    this.requests.push(message);
    const answer = (result: unknown, error: unknown = null) =>
      socket.write(`${JSON.stringify({ id: message.id, result, error })}\n`);
    const { extraNonce1, extraNonce2Bytes, difficulty, mask, session = 's', answers = true } = this.script;
    if (message.method === 'mining.configure') {
      if (mask === undefined) answer(null, [20, 'unknown method', null]);
      else answer({ 'version-rolling': true, 'version-rolling.mask': mask });
    } else if (message.method === 'mining.subscribe') {
      this.#extraNonce1 = extraNonce1;
      answer([
        [
          ['mining.set_difficulty', 'd'],
          ['mining.notify', session],
        ],
        extraNonce1,
        extraNonce2Bytes,
      ]);
    } else if (message.method === 'mining.authorize') {
      answer(true);
      this.send('mining.set_difficulty', [difficulty]);
      this.notify({ ...NOTIFY, id: `j${this.connections}` });
    } else if (message.method === 'mining.submit') {
      const params = message.params as string[];
      this.submitted.push({ params, value: this.#valueOf(params), connection: this.connections });
      if (answers) answer(true);
    }
  }

  #valueOf([, id, extraNonce2, time, nonce, versionBits]: readonly string[]): bigint {
    const { notify, extraNonce1 } = this.#jobs.get(id!)!;
    const rolled = versionBits === undefined ? {} : { versionBits, mask: this.script.mask ?? '0' };
    const work = { extraNonce1, extraNonce2: extraNonce2!, time: time!, nonce: nonce!, ...rolled };
    return digestValue(sha256d(headerOf(notify, work)));
  }
}
