import type { Writable } from 'node:stream';

const { Writable: WritableStream } = process.getBuiltinModule('node:stream');

/** A stream of the host that lines are written to. */
export type LineTarget = Pick<Writable, 'write'> & Partial<Pick<Writable, 'listenerCount' | 'once'>>;

/**
 * A stream that writes lines to a stream of the host, and never fails. A full disk or a closed pipe must not end the program
 * that logs. As for `console.log`, only the errors of these writes are ignored: those of other writes to the same stream still
 * reach its listeners, or end the process. The first failure causes a process warning.
 */
export function lineStream(target: LineTarget): Writable {
  let hasFailed = false;
  const failed = (error: unknown) => {
    if (hasFailed) return;
    hasFailed = true;
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(`log lines are lost, because the stream of the logger failed: ${reason}`, {
      code: 'QANTO_LOG_STREAM',
    });
  };
  const written = (error: Error | null | undefined) => {
    if (!error) return;
    // The stream emits the error after this call. Without a listener that would be an uncaught exception.
    if (target.listenerCount?.('error') === 0) target.once?.('error', () => {});
    failed(error);
  };
  return new WritableStream({
    decodeStrings: false,
    write(line: string, _encoding, done) {
      try {
        target.write(line, written);
      } catch (error) {
        failed(error);
      }
      // Lines are passed on at once, as they are logged. The stream of the host buffers them if it has to.
      done();
    },
  });
}
