/** What the tests of the gate share: requests, proofs, and servers that end with their test. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from '@jest/globals';
import { altcha } from 'qanto/formats';
import type { Challenges, Decision, GateOptions, GateRequest, RouteOptions } from 'qanto/gate';
import { nativeTemplate } from '../../ts/gate/forms/native.ts';
import { gateWithClock } from '../../ts/gate/gate.ts';
import { solvePow } from '../../ts/index.ts';

export const SECRET = 'a secret that is only for tests, 32+ bytes';
export const OTHER_SECRET = 'another secret that is only for tests, too';
/** A price that takes no time. */
export const CHEAP = 16;

export interface RequestFields extends Partial<Omit<GateRequest, 'header'>> {
  readonly headers?: Readonly<Record<string, string>>;
}

export function request({ headers = {}, ...fields }: RequestFields = {}): GateRequest {
  return {
    method: 'POST',
    target: '/orders',
    remoteAddress: '192.0.2.1',
    ...fields,
    header: (name) => (Object.hasOwn(headers, name) ? headers[name] : undefined),
  };
}

/** A gate whose clock stands still until the test moves it. */
export function testGate(options: Partial<GateOptions> = {}) {
  const clock = { ms: 1_800_000_000_000 };
  const gate = gateWithClock({ secret: SECRET, expectedTries: CHEAP, ...options }, () => clock.ms);
  return { gate, clock };
}

type TestGate = ReturnType<typeof testGate>['gate'];

/** The challenges that a request without a proof gets. */
export async function challengesFor(
  gate: TestGate,
  fields: RequestFields = {},
  route: RouteOptions = {},
): Promise<Challenges> {
  const decision = await gate.check(request(fields), route);
  if (decision.passed) throw new Error('the request has passed');
  return decision.refusal.body.challenges ?? {};
}

/** The credentials that solve a challenge, in the first of the forms that it has. */
export async function solved({ native, 'altcha-v1': v1, 'altcha-v2': v2 }: Challenges): Promise<string> {
  if (native) {
    const { nonce } = await solvePow(nativeTemplate(native.challenge, native.tries));
    return `Qanto ${native.challenge}.${nonce}`;
  }
  if (v2) return `Altcha ${(await altcha.v2.solve(v2)).payload}`;
  return `Altcha ${(await altcha.solve(v1 as altcha.AltchaChallenge)).payload}`;
}

/** The credentials for a request. */
export async function proofFor(gate: TestGate, fields: RequestFields = {}, route: RouteOptions = {}) {
  return solved(await challengesFor(gate, fields, route));
}

/** What a decision says, in a word. */
export function outcome(decision: Decision): string {
  return decision.passed ? 'passed' : decision.refusal.body.reason;
}

/** What a gate says about a request with these credentials. */
export async function outcomeOf(
  gate: TestGate,
  authorization: string,
  fields: RequestFields = {},
  route: RouteOptions = {},
): Promise<string> {
  const headers = { ...fields.headers, authorization };
  return outcome(await gate.check(request({ ...fields, headers }), route));
}

const open: Server[] = [];

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** Starts a server until the end of the test. Returns its URL. */
export async function serve(listener: RequestListener | Server): Promise<string> {
  const server = typeof listener === 'function' ? createServer(listener) : listener;
  open.push(server);
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
