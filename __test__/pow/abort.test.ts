/** Signals that do not behave as Node's own do: patched ones, those of other libraries, and hostile ones. */
import { getEventListeners } from 'node:events';
import { describe, expect, jest, test } from '@jest/globals';
import { onceAborted } from '../../ts/pow/abort.ts';
import { solvePow, type Template } from '../../ts/pow/index.ts';

const unsolvable: Template = {
  algorithm: 'sha256d',
  preimage: new Uint8Array(80).fill(7),
  nonce: { offset: 72, encoding: 'u64le' },
  target: 1n,
};

/** Searches until the signal stops the job. If it does not, the code is that of the timeout. */
async function codeWith(signal: unknown): Promise<string> {
  const failure = await solvePow(unsolvable, { signal: signal as AbortSignal, timeoutMs: 2000 }).catch(
    (error: unknown) => error,
  );
  const { code, message } = failure as { code?: string; message: string };
  return code ?? message;
}

/** A signal of Node whose addEventListener is replaced. `register` is the original method. */
function patched(add: (controller: AbortController, register: () => void) => void): AbortSignal {
  const controller = new AbortController();
  const { signal } = controller;
  Object.defineProperty(signal, 'addEventListener', {
    value: (...args: Parameters<AbortSignal['addEventListener']>) =>
      add(controller, () => EventTarget.prototype.addEventListener.apply(signal, args)),
  });
  return signal;
}

/** A minimal signal, which emits its event to every listener and keeps all of them. */
class ForgetfulSignal {
  aborted = false;
  readonly listeners: (() => void)[] = [];
  addEventListener(_type: string, listener: () => void): void {
    this.listeners.push(listener);
  }
  removeEventListener(): void {}
  abort(): void {
    this.aborted = true;
    for (const listener of this.listeners) listener();
  }
}

describe('A search is cancelled if its signal', () => {
  test('is aborted by addEventListener, before the listener is registered', async () => {
    const signal = patched((controller, register) => {
      controller.abort();
      register();
    });
    expect(await codeWith(signal)).toBe('ABORT_ERR');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('is aborted by addEventListener, after the listener is registered', async () => {
    const signal = patched((controller, register) => {
      register();
      controller.abort();
    });
    expect(await codeWith(signal)).toBe('ABORT_ERR');
  });

  test('emits its event in addEventListener and never sets aborted', async () => {
    const signal = {
      aborted: false,
      addEventListener: (_type: string, listener: () => void) => listener(),
      removeEventListener() {},
    };
    expect(await codeWith(signal)).toBe('ABORT_ERR');
  });

  test('has a getter that is true from the second reading on, and never emits an event', async () => {
    let readings = 0;
    const signal = {
      get aborted() {
        readings += 1;
        return readings > 1;
      },
      addEventListener() {},
      removeEventListener() {},
    };
    expect(await codeWith(signal)).toBe('ABORT_ERR');
  });

  test('throws in removeEventListener', async () => {
    const controller = new AbortController();
    Object.defineProperty(controller.signal, 'removeEventListener', { value: fail });
    const code = codeWith(controller.signal);
    controller.abort();
    expect(await code).toBe('ABORT_ERR');
  });

  test('still calls the listeners of earlier jobs, which it did not remove', async () => {
    const signal = new ForgetfulSignal();
    await solvePow(unsolvable, { signal: signal as never, maxHashes: 10 }).catch(() => {});
    const code = codeWith(signal);
    expect(signal.listeners).toHaveLength(2);
    signal.removeEventListener = () => {
      signal.listeners.length = 0;
    };
    signal.abort();
    expect(await code).toBe('ABORT_ERR');
  });
});

test('A search rejects with the error of a signal whose getter throws, and leaves no listener behind', async () => {
  let readings = 0;
  const { signal } = new AbortController();
  Object.defineProperty(signal, 'aborted', {
    get: () => {
      readings += 1;
      return readings > 1 ? fail() : false;
    },
  });
  expect(await codeWith(signal)).toBe('on purpose');
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

describe('The function onceAborted', () => {
  test('calls the listener at once if the signal is aborted already', () => {
    const listener = jest.fn();
    const { signal } = new AbortController();
    Object.defineProperty(signal, 'aborted', { value: true });
    onceAborted(signal, listener);
    expect(listener).toHaveBeenCalledTimes(1);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('calls no listener that was removed, and every other one once', () => {
    const controller = new AbortController();
    const [removed, kept, last] = [jest.fn(), jest.fn(), jest.fn()];
    const remove = onceAborted(controller.signal, removed);
    onceAborted(controller.signal, kept);
    remove();
    onceAborted(controller.signal, last);
    controller.abort();
    controller.signal.dispatchEvent(new Event('abort'));
    expect([removed, kept, last].map(({ mock }) => mock.calls.length)).toEqual([0, 1, 1]);
  });
});

function fail(): never {
  throw new Error('on purpose');
}
