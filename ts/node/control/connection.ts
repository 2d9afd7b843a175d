/** One connection to the control socket of a node. Whatever a client sends, it uses a bounded amount of memory. */
import type { Socket } from 'node:net';
import { ControlBusyError } from './errors.ts';
import { IDLE_MS, MAX_REQUESTS, MAX_UNSENT_BYTES } from './limits.ts';
import { controlLines } from './lines.ts';
import { errorLine, parseRequest, progressLine, type RequestId, resultLine } from './messages.ts';
import type { ControlMethods } from './methods.ts';

/** The minimum time between two reports of progress of a request, in ms. */
const PROGRESS_MS = 100;

/**
 * Answers the requests that arrive on a socket, in any order. The connection ends when the client closes it, when it has had no
 * request for `idleMs`, and when a line is not a request, because nothing that follows such a line can be trusted. The
 * requests that are being answered are then aborted, and the promise resolves.
 */
export function serve(socket: Socket, methods: ControlMethods, idleMs = IDLE_MS): Promise<void> {
  const lines = controlLines();
  const ended = new AbortController();
  let pending = 0;
  let isRefused = false;
  const idle = setTimeout(() => {
    if (pending === 0) socket.destroy();
  }, idleMs).unref();

  const send = (line: string) => {
    if (socket.destroyed) return;
    socket.write(line);
    // The client does not read its answers.
    if (socket.writableLength > MAX_UNSENT_BYTES) socket.destroy();
  };

  const answer = async (id: RequestId, method: string, params: unknown) => {
    pending += 1;
    let reportedAt = Number.NEGATIVE_INFINITY;
    const progress = (done: number, total: number) => {
      const now = performance.now();
      if (now - reportedAt < PROGRESS_MS) return;
      reportedAt = now;
      send(progressLine(id, done, total));
    };
    try {
      const result = await methods.call(method, params, { signal: ended.signal, progress });
      send(resultLine(id, result));
    } catch (error) {
      send(errorLine(id, error));
    } finally {
      pending -= 1;
      idle.refresh();
    }
  };

  const receive = (line: Buffer) => {
    const { id, method, params = {} } = parseRequest(line);
    if (pending >= MAX_REQUESTS) {
      send(errorLine(id, new ControlBusyError(MAX_REQUESTS, 'requests of a connection at a time')));
    } else {
      void answer(id, method, params);
    }
  };

  socket.on('data', (chunk: Buffer) => {
    if (isRefused) return;
    try {
      for (const line of lines.push(chunk)) {
        if (socket.destroyed) return;
        receive(line);
      }
    } catch (error) {
      isRefused = true;
      socket.end(errorLine(null, error), () => socket.destroy());
    }
  });
  // A client that has gone reports no reason that anybody needs.
  socket.on('error', () => {});
  return new Promise((resolve) => {
    socket.once('close', () => {
      clearTimeout(idle);
      ended.abort();
      resolve();
    });
  });
}
