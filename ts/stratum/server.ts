/** A server for miners that speak Stratum v1. It gives them work on a DAG, and adds the blocks that they find. */
import type { Server, Socket } from 'node:net';
import { requireInteger } from '../check-arguments.ts';
import { LineReader } from '../line-reader.ts';
import { type Logger, labelled } from '../logger.ts';
import { Admission } from './admission.ts';
import { publish } from './channel.ts';
import { Connection, type ConnectionHost, type Wire } from './connection.ts';
import { StratumAddressError } from './errors.ts';
import { BlockFinder, type FoundBlocks } from './found-blocks.ts';
import type { Job } from './job.ts';
import { Jobs } from './jobs.ts';
import { type CheckedOptions, checkOptions, type StratumDag, type StratumOptions } from './options.ts';
import { notification } from './protocol.ts';
import type { WorkerSeries } from './series.ts';
import { Sessions } from './sessions.ts';
import { type ShareCounts, Tally } from './tally.ts';
import { type WorkerStatus, Workers } from './worker.ts';

const { createServer } = process.getBuiltinModule('node:net');

/** Miners send lines of a few hundred bytes. */
const MAX_LINE_BYTES = 16_384;
/** A miner that reads nothing is dropped when this many bytes wait for it. */
const MAX_WAITING_BYTES = 1 << 20;
/** A connection that has not authorized a worker is closed after this time. */
const LOGIN_MS = 60_000;
/** A connection that the server ends is closed after this time, if the miner has not closed it. */
const LINGER_MS = 2000;
/** With this number, the status fits into an answer on the control socket of a node, which has at most 4 MiB. */
const MAX_WORKERS = 5000;
/** Workers that have a series of their own in the metrics. */
const MAX_SERIES = 100;

/** What a server has counted. */
export interface StratumTotals {
  /** The number of connections. */
  readonly connections: number;
  /** The numbers of sessions. */
  readonly sessions: {
    /** Those that have a connection. */
    readonly connected: number;
    /** Those without a connection, which a miner may still resume. */
    readonly resumable: number;
  };
  /** The number of workers that the server remembers, at most 5,000. */
  readonly workerCount: number;
  /** The number of jobs that were made. */
  readonly jobs: number;
  /** The number of jobs that were sent: each counts once for each connection. */
  readonly jobsSent: number;
  /** The number of accepted shares, and the numbers of refused ones by reason. Those of workers that are forgotten count as well. */
  readonly shares: Pick<ShareCounts, 'accepted' | 'refused'>;
  /** The number of bans of hosts whose refused shares cost too many hashes. */
  readonly bans: number;
  /** The id of the current job. Undefined until the DAG has given a template. */
  readonly job: string | undefined;
  /** What became of the blocks that workers found. */
  readonly blocks: FoundBlocks;
}

/** A snapshot of a server. */
export interface StratumStatus extends StratumTotals {
  /** The workers, those that were seen last at the end. There are at most 5,000. */
  readonly workers: readonly WorkerStatus[];
}

interface Client {
  readonly connection: Connection;
  readonly address: string;
  readonly socket: Socket;
}

const now = () => performance.now();

/**
 * A server for miners that speak Stratum v1. A miner logs in with an address, 64 hex digits, to which a point and the name
 * of a worker may be appended, and mines blocks for this address. Version rolling (BIP 310) is supported.
 */
export class StratumServer {
  /** The address and the port on which the server listens. */
  readonly host: string;
  /** The TCP port, which the system has chosen if 0 was requested. */
  readonly port: number;
  readonly #options: CheckedOptions;
  readonly #logger: Logger;
  readonly #server: Server;
  readonly #clients = new Set<Client>();
  readonly #workers = new Workers(MAX_WORKERS, MAX_SERIES, now());
  readonly #admission: Admission;
  readonly #sessions: Sessions;
  readonly #blocks: BlockFinder;
  readonly #jobs: Jobs;
  readonly #all = new Tally(now());
  #jobsSent = 0;
  /** The lines of `mining.notify` for the current job, by address. */
  #lines: { readonly job: Job; readonly byAddress: Map<string, string> } | undefined;

  private constructor(dag: StratumDag, options: CheckedOptions, server: Server) {
    const { address, port } = server.address() as { address: string; port: number };
    const { sharesPerMinute, minDifficulty, startDifficulty, payloads } = options;
    this.host = address;
    this.port = port;
    this.#options = options;
    this.#admission = new Admission(options);
    this.#logger = labelled(options.logger, 'stratum');
    this.#server = server;
    this.#sessions = new Sessions({ sharesPerMinute, minDifficulty }, startDifficulty);
    this.#blocks = new BlockFinder(dag, this.#logger);
    this.#jobs = new Jobs({ dag, payloads, logger: this.#logger, now, onJob: (job) => this.#send(job) });
    this.#jobs.start();
    server.on('connection', (socket) => this.#serve(socket));
    server.on('error', (error) => this.#logger.warn('a connection could not be accepted', { error }));
  }

  /**
   * Starts to listen. Rejects with `ERR_QANTO_INVALID_ARGUMENT`, with `ERR_QANTO_UNSUPPORTED` if the network is not mined with
   * sha256d, and with `ERR_QANTO_ADDRESS_IN_USE` or `ERR_QANTO_ADDRESS_UNAVAILABLE`.
   */
  static async listen(dag: StratumDag, options: StratumOptions = {}): Promise<StratumServer> {
    const checked = checkOptions(dag, options);
    const { host, port } = checked;
    const server = createServer({ noDelay: true, keepAlive: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(new StratumAddressError(host, port, error)));
      server.listen({ host, port, exclusive: true }, () => {
        server.removeAllListeners('error');
        resolve();
      });
    });
    return new StratumServer(dag, checked, server);
  }

  /** Returns a snapshot of the server. */
  status(): StratumStatus {
    return { ...this.totals(), workers: this.#workers.status(now()) };
  }

  /** Returns what the server has counted, without the workers. It costs little. */
  totals(): StratumTotals {
    const { accepted, refused } = this.#all.counts(now());
    return {
      connections: this.#clients.size,
      sessions: this.#sessions.counts,
      workerCount: this.#workers.count,
      jobs: this.#jobs.made,
      jobsSent: this.#jobsSent,
      shares: { accepted, refused },
      bans: this.#admission.bans,
      job: this.#jobs.latest?.id,
      blocks: this.#blocks.counts,
    };
  }

  /**
   * Returns `count` workers, those that were seen last first, from the number `from` on. A worker that logs
   * in between two calls moves to the front. Throws `ERR_QANTO_INVALID_ARGUMENT` unless both are integers, 0 or more.
   */
  workers(from: number, count: number): readonly WorkerStatus[] {
    requireInteger('from', from, 0);
    requireInteger('count', count, 0);
    return this.#workers.page(from, count, now());
  }

  /**
   * Returns the counts of workers for metrics, of which there are at most 101: a worker has its own from its first accepted share
   * on, and those for which there is no room are counted together as `other`, as is what was refused before.
   */
  workerSeries(): readonly WorkerSeries[] {
    return this.#workers.series(now());
  }

  /** Stops listening and closes all connections. Resolves when every block that was found is on disk. */
  async close(): Promise<void> {
    this.#jobs.stop();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const { socket } of this.#clients) socket.destroy();
    await Promise.all([closed, this.#blocks.close()]);
  }

  /** Calls {@link close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #serve(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    // A socket that has failed says so before it closes.
    socket.on('error', () => {});
    if (!this.#admission.enter(address, now())) {
      socket.destroy();
      return;
    }
    const connection = new Connection(this.#hostFor(address), wireOf(socket));
    const client = { connection, address, socket };
    this.#clients.add(client);
    const login = setTimeout(() => {
      if (!connection.isReady) socket.destroy();
    }, LOGIN_MS).unref();
    // A timeout of the socket itself would begin anew with each job that is sent, so that it would never end a silent connection.
    const idle = setTimeout(() => socket.destroy(), this.#options.idleTimeoutMs).unref();
    socket.on('close', () => {
      clearTimeout(login);
      clearTimeout(idle);
      this.#clients.delete(client);
      this.#admission.leave(address);
      connection.ended();
      if (connection.session !== undefined) this.#sessions.end(connection.session, now());
    });
    const lines = new LineReader(
      MAX_LINE_BYTES,
      (maximum) => new SyntaxError(`a line is longer than ${maximum} bytes`),
    );
    socket.on('data', (chunk: Buffer) => {
      idle.refresh();
      try {
        for (const line of lines.push(chunk)) {
          if (!socket.writable) return;
          this.#receive(client, line.toString('utf8'));
        }
      } catch (error) {
        this.#drop(client, error);
      }
    });
  }

  #receive(client: Client, line: string): void {
    if (line.trim() === '') return;
    client.connection.receive(line).catch((error: unknown) => this.#drop(client, error));
  }

  /** Ends a connection on which something arrived that is no message of Stratum. */
  #drop({ socket, address }: Client, error: unknown): void {
    const level = error instanceof SyntaxError ? 'debug' : 'error';
    this.#logger[level]('a connection was closed', { address, error });
    socket.destroy();
  }

  #hostFor(address: string): ConnectionHost {
    return {
      now,
      session: (id) => this.#sessions.begin(id, now()),
      worker: (name) => this.#workers.get(name, now()),
      latestJob: () => this.#jobs.latest,
      job: (id) => this.#jobs.get(id),
      isKnownJob: this.#jobs.isKnown,
      notifyLine: (job, miner, clean) => this.#notifyLine(job, miner, clean),
      tally: this.#all,
      jobSent: () => {
        this.#jobsSent += 1;
      },
      renewJob: () => this.#jobs.renew(),
      accepted: async ({ block }, worker) => {
        if (block === undefined) return;
        const hash = await this.#blocks.add(block, worker.name);
        if (hash !== undefined) worker.found();
      },
      spend: () => this.#admission.spend(address, now()),
    };
  }

  /** Sends a new job to all miners. */
  #send(job: Job): void {
    const ready = [...this.#clients].filter(({ connection }) => connection.isReady);
    const startMs = this.#jobs.latestAtMs;
    let waiting = ready.length;
    // The callback of a write is called when the system has taken it, or when the connection has failed.
    const onSent = () => {
      waiting -= 1;
      if (waiting === 0) publish({ connections: ready.length, elapsedMs: now() - startMs });
    };
    for (const { connection } of ready) connection.notify(job, false, onSent);
  }

  #notifyLine(job: Job, address: string, clean: boolean): string {
    const make = () => notification('mining.notify', [job.id, ...job.notifyFields(address), clean]);
    if (clean || job !== this.#jobs.latest) return make();
    if (this.#lines?.job !== job) this.#lines = { job, byAddress: new Map() };
    const { byAddress } = this.#lines;
    const known = byAddress.get(address);
    if (known !== undefined) return known;
    const line = make();
    byAddress.set(address, line);
    return line;
  }
}

function wireOf(socket: Socket): Wire {
  return {
    write(line, onSent) {
      if (!socket.writable) {
        onSent?.();
        return;
      }
      socket.write(line, onSent);
      if (socket.writableLength > MAX_WAITING_BYTES) socket.destroy();
    },
    end() {
      // Closing a socket at once, of which not all has been read, would make the system drop what was written.
      socket.end();
      setTimeout(() => socket.destroy(), LINGER_MS).unref();
    },
  };
}
