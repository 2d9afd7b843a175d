import { createServer } from 'node:http';
import { createServer as createListener, Server } from 'node:net';
import os from 'node:os';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { silentLogger } from '../../ts/logger.ts';
import { listen } from '../../ts/node/listen.ts';
import { type NodeServer, startServer } from '../../ts/node/server.ts';

const SERVED = {
  metrics: () => undefined,
  readiness: () => ({ ready: true, reasons: [] }),
  status: () => ({}),
};
const HAS_IPV6 = Object.values(os.networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

let server: NodeServer | undefined;
let occupant: Server | undefined;

afterEach(async () => {
  jest.restoreAllMocks();
  await server?.close();
  server = undefined;
  await new Promise<void>((resolve) => (occupant ? occupant.close(() => resolve()) : resolve()));
  occupant = undefined;
});

const portOf = ({ url }: NodeServer) => new URL(url).port;
const healthz = async (address: string) =>
  (await fetch(`http://${address}:${portOf(server!)}/healthz`)).status;

test.each(['0.0.0.0', '127.0.0.1', 'localhost'])(
  'A server listens on %s where the list of network interfaces cannot be read',
  async (host) => {
    // As in a process that may not create sockets of the family AF_NETLINK.
    jest.spyOn(os, 'networkInterfaces').mockImplementation(() => {
      throw Object.assign(new Error('uv_interface_addresses returned Unknown system error 97'), {
        code: 'ERR_SYSTEM_ERROR',
      });
    });
    server = await startServer({ host, port: 0 }, SERVED, silentLogger);
    expect(await healthz('127.0.0.1')).toBe(200);
  },
);

describe('A server on localhost', () => {
  (HAS_IPV6 ? test : test.skip)(
    'goes on if it cannot accept a connection to one of its addresses',
    async () => {
      const listening = jest.spyOn(Server.prototype, 'listen');
      const warnings: string[] = [];
      const logger = { ...silentLogger, warn: (message: string) => warnings.push(message) };
      server = await startServer({ host: 'localhost', port: 0 }, SERVED, logger);
      for (const listener of listening.mock.contexts as Server[])
        listener.emit('error', new Error('no descriptors'));
      expect(warnings).toEqual(Array(2).fill('the server could not accept a connection'));
      expect(await healthz('127.0.0.1')).toBe(200);
    },
  );

  test('answers on each loopback address of the machine', async () => {
    server = await startServer({ host: 'localhost', port: 0 }, SERVED, silentLogger);
    expect(await healthz('127.0.0.1')).toBe(200);
    if (HAS_IPV6) expect(await healthz('[::1]')).toBe(200);
  });

  test('is refused if its port is in use on one of these addresses', async () => {
    occupant = createListener();
    await new Promise<void>((resolve) => occupant!.listen(0, HAS_IPV6 ? '::1' : '127.0.0.1', resolve));
    const { port } = occupant.address() as { port: number };
    const begun = jest.spyOn(Server.prototype, 'listen');
    await expect(startServer({ host: 'localhost', port }, SERVED, silentLogger)).rejects.toMatchObject({
      code: 'ERR_QANTO_ADDRESS_IN_USE',
      port,
    });
    // Another process may take the port as soon as it is free, so a request would not show that it was freed.
    expect(begun.mock.contexts.filter((listener) => (listener as Server).listening)).toEqual([]);
  });

  test('uses the address that exists if the machine has only one of them', async () => {
    const http = createServer((_request, response) => response.end());
    const listenOn = http.listen.bind(http) as (...args: unknown[]) => Server;
    http.listen = ((options: { host: string }, ...rest: unknown[]) => {
      // An address that is reserved for documentation stands for one that the machine does not have.
      return listenOn(
        { ...options, host: options.host === '127.0.0.1' ? '192.0.2.1' : options.host },
        ...rest,
      );
    }) as never;
    const listening = listen(http, 'localhost', 0);
    if (!HAS_IPV6) return expect(listening).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' });
    const { addresses, close } = await listening;
    await close();
    expect(addresses).toEqual(['::1']);
  });
});
