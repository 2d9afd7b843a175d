import { beforeEach, describe, expect, test } from '@jest/globals';
import { CircuitBreaker, DEFAULT_CIRCUIT } from '../../ts/miner/circuit-breaker.ts';

let nowMs: number;
let transitions: string[];
let circuit: CircuitBreaker;

beforeEach(() => {
  nowMs = 1000;
  transitions = [];
  circuit = new CircuitBreaker(
    DEFAULT_CIRCUIT,
    () => nowMs,
    (from, to) => transitions.push(`${from} -> ${to}`),
  );
});

function fail(times: number): void {
  for (let n = 0; n < times; n += 1) circuit.fail();
}

describe('A closed circuit', () => {
  test('stays closed after four failures in a row', () => {
    fail(4);
    expect(circuit.state).toBe('closed');
    expect(circuit.waitMs()).toBe(0);
  });

  test('opens at the fifth failure in a row', () => {
    fail(5);
    expect(circuit.state).toBe('open');
    expect(transitions).toEqual(['closed -> open']);
  });

  test('counts only consecutive failures', () => {
    fail(4);
    circuit.succeed();
    fail(4);
    expect(circuit.state).toBe('closed');
  });
});

describe('An open circuit', () => {
  beforeEach(() => fail(5));

  test('pauses for 30 s', () => {
    expect(circuit.waitMs()).toBe(30_000);
    nowMs += 29_999;
    expect(circuit.waitMs()).toBe(1);
    expect(circuit.state).toBe('open');
  });

  test('is half-open after the pause', () => {
    nowMs += 30_000;
    expect(circuit.waitMs()).toBe(0);
    expect(circuit.state).toBe('half-open');
  });
});

describe('A half-open circuit', () => {
  beforeEach(() => {
    fail(5);
    nowMs += 30_000;
    circuit.waitMs();
  });

  test('closes at the second success', () => {
    circuit.succeed();
    expect(circuit.state).toBe('half-open');
    circuit.succeed();
    expect(transitions).toEqual(['closed -> open', 'open -> half-open', 'half-open -> closed']);
  });

  test('opens again at the first failure, for another whole pause', () => {
    circuit.succeed();
    circuit.fail();
    expect(circuit.state).toBe('open');
    expect(circuit.waitMs()).toBe(30_000);
  });

  test('needs two successes again after it was opened again', () => {
    circuit.succeed();
    circuit.fail();
    nowMs += 30_000;
    circuit.waitMs();
    circuit.succeed();
    expect(circuit.state).toBe('half-open');
  });

  test('that has closed stays closed after four failures', () => {
    circuit.succeed();
    circuit.succeed();
    fail(4);
    expect(circuit.state).toBe('closed');
  });
});

test.each([
  ['failureThreshold', 0],
  ['successThreshold', 0],
  ['resetTimeoutMs', 0],
  ['resetTimeoutMs', Number.NaN],
  // Node's timers would fire immediately.
  ['resetTimeoutMs', 2 ** 31],
])('An invalid %s (%d) is rejected by name', (name, value) => {
  const options = { ...DEFAULT_CIRCUIT, [name]: value };
  const make = () =>
    new CircuitBreaker(
      options,
      () => 0,
      () => {},
    );
  expect(make).toThrow(
    expect.objectContaining({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument: `circuit.${name}` }),
  );
});
