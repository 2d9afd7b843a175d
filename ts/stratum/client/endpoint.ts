import { InvalidArgumentError } from '../../errors.ts';

/** Where a Stratum server is. */
export interface Endpoint {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

const SCHEMES: Readonly<Record<string, boolean>> = { 'stratum+tcp:': false, 'stratum+ssl:': true };

/** Reads a URL. Throws `ERR_QANTO_INVALID_ARGUMENT`. */
export function parseEndpoint(argument: string, value: unknown): Endpoint {
  const refuse = (problem: string) =>
    new InvalidArgumentError(
      argument,
      value,
      `${argument} must be stratum+tcp://HOST:PORT or stratum+ssl://HOST:PORT: ${problem}`,
    );
  if (typeof value !== 'string' || !URL.canParse(value)) throw refuse('it is not a URL');
  const { protocol, hostname, port, pathname, search, hash, username, password } = new URL(value);
  const tls = SCHEMES[protocol];
  if (tls === undefined) throw refuse(`the protocol ${protocol} is unknown`);
  if (hostname === '') throw refuse('the host is missing');
  if (port === '' || port === '0') throw refuse('the port is missing, or 0');
  if (username !== '' || password !== '') throw refuse('the user and the password are options of their own');
  if ((pathname !== '' && pathname !== '/') || search !== '' || hash !== '')
    throw refuse('nothing may follow the port');
  return endpointOf(hostname.replace(/^\[(.*)\]$/, '$1'), Number(port), tls);
}

/** The endpoint with this host and port. */
export function endpointOf(host: string, port: number, tls: boolean): Endpoint {
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return { url: `stratum+${tls ? 'ssl' : 'tcp'}://${shownHost}:${port}`, host, port, tls };
}
