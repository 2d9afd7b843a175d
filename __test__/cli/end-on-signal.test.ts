import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { listenForStop, STOP_SIGNALS } from '../../ts/cli/signals.ts';

const before = STOP_SIGNALS.map((signal) => [signal, process.listeners(signal)] as const);
let exit: jest.SpiedFunction<typeof process.exit>;

beforeEach(() => {
  exit = jest.spyOn(process, 'exit').mockImplementation((() => {}) as never);
  jest.isolateModules(() => require('../../ts/cli/end-on-signal.ts'));
});

afterEach(() => {
  exit.mockRestore();
  for (const [signal, listeners] of before) {
    for (const added of process.listeners(signal)) {
      if (!listeners.includes(added)) process.off(signal, added);
    }
  }
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('A command that does not listen for %s ends with exit code %d', (signal, code) => {
  process.emit(signal, signal);
  expect(exit.mock.calls).toEqual([[code]]);
});

test.each(STOP_SIGNALS)('A command that listens for %s decides itself when it ends', (signal) => {
  const heard: string[] = [];
  const stopListening = listenForStop({ onStop: (name) => heard.push(name), onForce() {} });
  process.emit(signal, signal);
  expect({ heard, exits: exit.mock.calls.length }).toEqual({ heard: [signal], exits: 0 });
  stopListening();
  process.emit(signal, signal);
  expect(exit).toHaveBeenCalledTimes(1);
});
