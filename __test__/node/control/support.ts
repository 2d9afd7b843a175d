/** Connections to a control socket that send what no client of qanto sends. */
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach } from '@jest/globals';

const made: string[] = [];
afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

/** A new directory, which is removed after the test. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(path.join(tmpdir(), 'qanto-control-'));
  made.push(directory);
  return directory;
}

export interface Answer {
  readonly id: unknown;
  readonly result?: unknown;
  readonly error?: {
    readonly code: number;
    readonly message: string;
    readonly data: Record<string, unknown>;
  };
  readonly method?: string;
  readonly params?: unknown;
}

export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly answers: Answer[] = [];
  #text = '';
  #onChange = () => {};

  constructor(socketPath: string) {
    this.socket = connect(socketPath);
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      const lines = (this.#text + chunk).split('\n');
      this.#text = lines.pop()!;
      this.answers.push(...lines.map((line) => JSON.parse(line) as Answer));
      this.#onChange();
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** Sends bytes as they are, and resolves to the next answer. Rejects if the connection is closed before. */
  ask(bytes: string | Uint8Array): Promise<Answer> {
    const next = this.answers.length;
    this.socket.write(bytes);
    return this.answer(next);
  }

  /** Resolves to the answer with this index. */
  answer(index: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#onChange = () => {
        if (this.answers.length > index) resolve(this.answers[index]!);
      };
      this.#onChange();
      void this.closed.then(() => reject(new Error('the connection was closed')));
    });
  }
}

export const request = (method: string, params: object = {}, id: unknown = 1) =>
  `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`;
