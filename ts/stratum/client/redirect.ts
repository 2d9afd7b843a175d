import { positiveNumber } from '../protocol.ts';
import { type Endpoint, endpointOf } from './endpoint.ts';

/** The longest wait that a server may ask for. */
const MAX_WAIT_SECONDS = 300;

/** Where a client connects next. */
export interface Redirect {
  readonly endpoint: Endpoint;
  readonly waitMs: number;
}

/**
 * Reads the parameters of `client.reconnect`, or says why they are refused. Another host could have the hashes of this
 * machine for itself, so only the port may change.
 */
export function readRedirect(
  [host, port, wait]: readonly unknown[],
  { host: current, port: currentPort, tls }: Endpoint,
): Redirect | string {
  if (typeof host === 'string' && host !== '' && host.toLowerCase() !== current.toLowerCase()) {
    return `the server asks to connect to ${host}, which is refused: it is another host`;
  }
  const number = port === undefined || port === null || port === '' ? currentPort : Number(port);
  if (!Number.isInteger(number) || number < 1 || number > 65_535) {
    return `the server asks to connect to port ${String(port)}, which is refused: it is no port`;
  }
  const seconds = Math.min(positiveNumber(wait) ?? 0, MAX_WAIT_SECONDS);
  return { endpoint: endpointOf(current, number, tls), waitMs: seconds * 1000 };
}
