/** Limits what the connections to the server may use, so that some clients cannot shut out the others. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** The answer to the last request. Undefined before the first request. */
  answer: ServerResponse | undefined;
  /** Whether the client may have sent a request that has not been read yet, because the connection was just accepted. */
  isNew: boolean;
}

/**
 * The connections of a server. When there are more than `maximum`, the one whose client has done nothing for the longest time
 * is closed: a client that is to send a request, or to read an answer. A client to whom the node owes an answer is spared.
 */
export class Connections {
  readonly #maximum: number;
  /** In the order in which the clients last did something: connected, sent a request, or took an answer. */
  readonly #connections = new Map<Socket, Connection>();

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Counts the connections of this server. With TLS, a request has the socket of `secureConnection`. */
  watch(server: Server, event: 'connection' | 'secureConnection' = 'connection'): void {
    server.on(event, (socket: Socket) => this.#add(socket));
  }

  /**
   * Whether to answer this request. If it arrives before the previous request on its connection has been answered, it is
   * refused and the connection is closed. Otherwise such requests would queue in memory; scrapers and probes do not pipeline
   * requests.
   */
  admits(request: IncomingMessage, answer: ServerResponse): boolean {
    const { socket } = request;
    const connection = this.#connections.get(socket);
    if (connection === undefined || connection.answer?.writableFinished === false) {
      this.#close(socket);
      // Node.js parses all data that has arrived, so many more requests may follow. When it notices that the connection is
      // closed, it destroys each of them with an error, which takes longer than parsing them.
      request.destroy();
      return false;
    }
    connection.answer = answer;
    this.#progressed(socket, connection);
    answer.once('finish', () => this.#progressed(socket, connection));
    return true;
  }

  /**
   * Stops counting a connection that stays busy for long and has a limit of its own. A further request on it closes it.
   */
  release(socket: Socket): void {
    this.#connections.delete(socket);
  }

  #add(socket: Socket): void {
    const connection: Connection = { answer: undefined, isNew: true };
    this.#connections.set(socket, connection);
    socket.once('close', () => this.#connections.delete(socket));
    // Many connections may be accepted at once. A request that has arrived with one of them is read one turn of the event
    // loop later, and must not be lost because others have connected meanwhile.
    setImmediate(() =>
      setImmediate(() => {
        connection.isNew = false;
        this.#trim();
      }),
    );
  }

  #progressed(socket: Socket, connection: Connection): void {
    // A connection that was closed or released is not added again.
    if (this.#connections.delete(socket)) this.#connections.set(socket, connection);
  }

  #trim(): void {
    for (const [socket, { answer, isNew }] of this.#connections) {
      if (this.#connections.size <= this.#maximum) return;
      const isOwedAnswer = answer?.writableEnded === false;
      if (!isNew && !isOwedAnswer) this.#close(socket);
    }
  }

  #close(socket: Socket): void {
    this.#connections.delete(socket);
    socket.destroy();
  }
}
