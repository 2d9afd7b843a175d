/** A connection to the control socket of a running node. */
import { connect, type Socket } from 'node:net';
import { AbortError } from 'qanto';
import { addressOf, socketPath, tooLong } from './address.ts';
import { ControlProtocolError, ControlUnreachableError, ControlVersionError, RemoteError } from './errors.ts';
import { CONTROL_PROTOCOL, GREETING_MS } from './limits.ts';
import { controlLines } from './lines.ts';
import { type ControlAnswer, parseAnswer, requestLine } from './messages.ts';

/** How a node answers the method `hello`. */
export interface Greeting {
  readonly protocol: number;
  /** The version of qanto-node. */
  readonly version: string;
  readonly network: string;
  /** Hash of the genesis block, 64 hex digits. */
  readonly genesis: string;
  /** The process id of the node. */
  readonly pid: number;
}

export interface CallOptions {
  /** The call is given up, and the connection closed, when it aborts. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly onProgress: CallOptions['onProgress'];
}

/** Why no node answered. `cause` is the error of the system, if there is one. */
export interface NoNode {
  readonly problem: string;
  readonly cause?: unknown;
}

export class ControlClient {
  readonly #directory: string;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #release: () => void;
  #nextId = 1;
  #failure: Error | undefined;

  private constructor(directory: string, socket: Socket, release: () => void) {
    this.#directory = directory;
    this.#socket = socket;
    this.#release = release;
    const lines = controlLines();
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const line of lines.push(chunk)) this.#receive(parseAnswer(line));
      } catch (error) {
        this.#fail(error as Error);
      }
    });
    socket.on('error', (error) => this.#fail(this.#unreachable(error.message, error)));
    socket.on('close', () =>
      this.#fail(this.#unreachable('it closed the connection before it had answered; it may have stopped')),
    );
  }

  /**
   * Connects to the node that uses a data directory. Resolves to the reason if no process listens there. Rejects with
   * `ERR_QANTO_CONTROL_VERSION` if the node uses another version of the protocol, and with `ERR_QANTO_CONTROL_UNREACHABLE` if a
   * process listens but gives no valid answer within `greetingMs`.
   */
  static async connect(
    directory: string,
    greetingMs = GREETING_MS,
  ): Promise<{ client: ControlClient; greeting: Greeting } | NoNode> {
    let address: ReturnType<typeof addressOf>;
    try {
      address = addressOf(directory);
    } catch (cause) {
      return { problem: (cause as Error).message, cause };
    }
    if (address === undefined) return { problem: tooLong(socketPath(directory)) };
    let socket: Socket;
    try {
      socket = await connected(address.path);
    } catch (cause) {
      address.release();
      return { problem: problemOf(cause as NodeJS.ErrnoException, directory), cause };
    }
    const client = new ControlClient(directory, socket, address.release);
    try {
      return { client, greeting: await client.#greet(greetingMs) };
    } catch (error) {
      client.close();
      throw error;
    }
  }

  /** Calls a method. Rejects with the error of the node, `ERR_QANTO_CONTROL_UNREACHABLE`, `ERR_QANTO_CONTROL_PROTOCOL` or `ABORT_ERR`. */
  call(method: string, params: object, { signal, onProgress }: CallOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      if (signal?.aborted) return reject(new AbortError(signal.reason));
      const onAbort = () => this.#fail(new AbortError(signal?.reason));
      signal?.addEventListener('abort', onAbort, { once: true });
      const settled = () => signal?.removeEventListener('abort', onAbort);
      const id = this.#nextId++;
      this.#waiting.set(id, {
        resolve: (result) => {
          settled();
          resolve(result);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
        onProgress,
      });
      this.#socket.write(requestLine(id, method, params));
    });
  }

  /** Closes the connection. The node then aborts the calls that it has not answered. */
  close(): void {
    this.#fail(new AbortError(undefined));
  }

  async #greet(greetingMs: number): Promise<Greeting> {
    const late = setTimeout(() => {
      this.#fail(
        this.#unreachable(`it listens on its control socket, but has not answered within ${greetingMs} ms`),
      );
    }, greetingMs);
    try {
      const greeting = (await this.call('hello', { protocol: CONTROL_PROTOCOL })) as Greeting;
      if (greeting?.protocol === CONTROL_PROTOCOL) return greeting;
      throw new ControlVersionError(Number(greeting?.protocol), CONTROL_PROTOCOL);
    } catch (error) {
      if (error instanceof ControlProtocolError) throw this.#unreachable(error.message, error);
      throw error;
    } finally {
      clearTimeout(late);
    }
  }

  #receive(answer: ControlAnswer): void {
    if ('method' in answer) {
      const { id, done, total } = answer.params;
      this.#waiting.get(Number(id))?.onProgress?.(done, total);
      return;
    }
    // The node could not read a request, or does not accept the connection.
    if (answer.id === null) {
      this.#fail(
        'error' in answer ? new RemoteError(answer.error) : new ControlProtocolError('an answer has no id'),
      );
      return;
    }
    const waiting = this.#waiting.get(Number(answer.id));
    this.#waiting.delete(Number(answer.id));
    if ('error' in answer) waiting?.reject(new RemoteError(answer.error));
    else waiting?.resolve(answer.result);
  }

  #fail(error: Error): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#socket.destroy();
    this.#release();
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #unreachable(problem: string, cause?: unknown): ControlUnreachableError {
    return new ControlUnreachableError(this.#directory, problem, cause);
  }
}

function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

/** Why no connection could be made, as a sentence without its end. */
function problemOf({ code, message }: NodeJS.ErrnoException, directory: string): string {
  const file = socketPath(directory);
  switch (code) {
    case 'ENOENT':
      return `${file} does not exist; it is still opening its store, or it has no control socket`;
    case 'ECONNREFUSED':
      return `nothing listens on ${file}, which an earlier process has left behind`;
    case 'EACCES':
    case 'EPERM':
      return `only its user may connect to ${file} (${message})`;
    default:
      return message;
  }
}
