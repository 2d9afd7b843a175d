/**
 * The control socket of a node. Only the owner of the store's lock may call {@link startControl}: it replaces a socket that an
 * earlier node left behind, and no other node can be using it.
 */
import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import path from 'node:path';
import type { Logger } from 'qanto/telemetry';
import { type Address, addressOf, SOCKET_NAME, socketPath, tooLong } from './address.ts';
import { serve } from './connection.ts';
import { ControlBusyError, ControlUnavailableError } from './errors.ts';
import { IDLE_MS, MAX_CONNECTIONS } from './limits.ts';
import { errorLine } from './messages.ts';
import type { ControlMethods } from './methods.ts';

export interface ControlServer {
  /** The path of the socket, or the name of the pipe on Windows. */
  readonly path: string;
  /** Stops listening, aborts the requests that are being answered, and removes the socket. */
  close(): Promise<void>;
}

/**
 * The directory in which a socket is bound. Nobody else can enter it, so nobody can connect before the permissions of the
 * socket are set. The socket is then moved to its place, which also replaces one that is dead.
 */
const BINDING_DIRECTORY = '.control';
const BINDING_NAME = 's';

/** Starts to listen. Rejects with `ERR_QANTO_CONTROL_UNAVAILABLE`. `idleMs` is for tests. */
export async function startControl(
  directory: string,
  methods: ControlMethods,
  logger: Logger,
  idleMs = IDLE_MS,
): Promise<ControlServer> {
  const sockets = new Map<Socket, Promise<void>>();
  const server = createServer((socket) => {
    if (sockets.size >= MAX_CONNECTIONS) {
      socket.on('error', () => {});
      socket.end(errorLine(null, new ControlBusyError(MAX_CONNECTIONS, 'connections at a time')), () =>
        socket.destroy(),
      );
      return;
    }
    const served = serve(socket, methods, idleMs).then(() => {
      sockets.delete(socket);
    });
    sockets.set(socket, served);
  });
  const file = socketPath(directory);
  let address: Address;
  try {
    address = await (process.platform === 'win32'
      ? listen(server, { path: file, release() {} })
      : bind(server, directory));
  } catch (error) {
    server.close();
    throw error instanceof ControlUnavailableError
      ? error
      : new ControlUnavailableError(file, (error as Error).message, error);
  }
  // Accepting a connection failed. The server continues to listen.
  server.on('error', (error) => logger.warn('the control socket could not accept a connection', { error }));
  return {
    path: file,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      const served = [...sockets.values()];
      for (const socket of sockets.keys()) socket.destroy();
      await Promise.all([closed, ...served]);
      address.release();
      if (process.platform !== 'win32') rmSync(file, { force: true });
    },
  };
}

async function bind(server: Server, directory: string): Promise<Address> {
  const file = path.join(directory, SOCKET_NAME);
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found !== undefined && !found.isSocket()) {
    const problem =
      'another file has this name, and it is not a socket; move it away, and start the node again';
    throw new ControlUnavailableError(file, problem);
  }
  const folder = path.join(directory, BINDING_DIRECTORY);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { mode: 0o700 });
  try {
    const address = addressOf(folder, BINDING_NAME);
    if (address === undefined) throw new ControlUnavailableError(file, tooLong(file));
    await listen(server, address);
    const bound = path.join(folder, BINDING_NAME);
    chmodSync(bound, 0o600);
    renameSync(bound, file);
    return address;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function listen(server: Server, address: Address): Promise<Address> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) => {
      address.release();
      reject(error);
    });
    server.listen({ path: address.path, exclusive: true }, () => {
      server.removeAllListeners('error');
      resolve(address);
    });
  });
}
