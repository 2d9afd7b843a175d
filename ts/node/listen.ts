/** Listening on the addresses of a host name. */
import type { Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** The addresses of `localhost`. They are not looked up, because a resolver may know only one of them, or none. */
const LOCALHOST = ['127.0.0.1', '::1'] as const;

/** What the system reports for an address of a protocol that this machine does not have. */
const UNAVAILABLE: ReadonlySet<string | undefined> = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT']);

export interface Listening {
  /** At least one. */
  readonly addresses: readonly string[];
  readonly port: number;
  /** Stops listening and closes all connections. */
  close(): Promise<void>;
}

/**
 * Makes `server` listen on `host`, which may be a name; `localhost` stands for both loopback addresses, or for the one that
 * this machine has. Rejects with the error of the system, and then listens nowhere.
 *
 * In a worker of `node:cluster`, the port belongs to this worker alone. By default the workers would share it, and a request
 * to one node would be answered by another.
 */
export async function listen(server: HttpServer, host: string, port: number): Promise<Listening> {
  const listeners: Server[] = [];
  const close = async () => {
    const closed = listeners.map((listener) => new Promise((resolve) => listener.close(resolve)));
    server.closeAllConnections();
    await Promise.all(closed);
  };
  let taken = port;
  let unavailable: unknown;
  for (const address of host === 'localhost' ? LOCALHOST : [host]) {
    const listener = listeners.length === 0 ? server : forwarding(server);
    try {
      await listenOn(listener, address, taken);
      if (listener !== server) listener.on('error', (error) => server.emit('error', error));
      listeners.push(listener);
      taken = (listener.address() as AddressInfo).port;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (host === 'localhost' && UNAVAILABLE.has(code)) {
        unavailable = error;
        continue;
      }
      await close();
      // The system selected a port that is free on the first address only.
      if (port === 0 && taken !== 0 && code === 'EADDRINUSE') return listen(server, host, 0);
      throw error;
    }
  }
  if (listeners.length === 0) throw unavailable;
  const addresses = listeners.map((listener) => (listener.address() as AddressInfo).address);
  return { addresses, port: taken, close };
}

/** A listener whose connections are served by `server`, so that the limits of `server` apply to all of them together. */
function forwarding(server: HttpServer): Server {
  // The options with which an HTTP server accepts connections.
  return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => server.emit('connection', socket));
}

function listenOn(listener: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    listener.listen({ host, port, exclusive: true }, () => {
      listener.off('error', reject);
      resolve();
    });
  });
}
