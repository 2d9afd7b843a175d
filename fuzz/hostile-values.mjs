/** A value of any JavaScript type, of the kinds that are likely to break a binding. */
export function hostileValue(random) {
  return random.pick(makers)(random);
}

const makers = [
  () => undefined,
  () => null,
  (random) => random.chance(0.5),
  (random) =>
    random.pick([0, -0, 1, -1, 0.5, 2 ** 31, 2 ** 32, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY, -1e308]),
  (random) =>
    random.pick([0n, -1n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n, -(2n ** 64n), 2n ** 4096n]),
  (random) => random.pick(['', 'sha256', 'sha256\0', 'u64le', '\ud800', 'é'.repeat(300), 'x'.repeat(70_000)]),
  () => Symbol('hostile'),
  () => () => {},
  () => class {},
  () => [],
  () => Array(5),
  () => ({}),
  () => Object.create(null),
  () => new Proxy({}, { get: () => new Proxy({}, {}), has: () => true }),
  () =>
    new Proxy(
      {},
      {
        get() {
          throw new Error('from a proxy');
        },
      },
    ),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => ({
    valueOf: () => {
      throw new Error('from valueOf');
    },
    toString: null,
  }),
  () => new Date(Number.NaN),
  () => /x/,
  () => new Map(),
  () => Promise.resolve(),
  () => new Error('hostile'),
  () => new ArrayBuffer(32),
  () => new SharedArrayBuffer(32),
  () => new Uint8Array(new SharedArrayBuffer(80)),
  () => new DataView(new ArrayBuffer(32)),
  () => new Uint16Array(40),
  () => new Float64Array(4),
  () => new Int8Array(32),
  () => new Uint8ClampedArray(32),
  () => new BigUint64Array(4),
  () => Buffer.alloc(32, 255),
  (random) => new Uint8Array(random.pick([0, 1, 3, 4, 7, 8, 31, 32, 33, 80, 65536, 65537])),
  () => new Uint8Array(new ArrayBuffer(100), 13, 32),
  () => new Uint8Array(new ArrayBuffer(8), 8),
  () => detached(),
  () => shrunk(),
  () => Object.defineProperty(new Uint8Array(80), 'length', { value: 2 ** 40 }),
  () => Object.setPrototypeOf({ length: 32 }, Uint8Array.prototype),
];

function detached() {
  const bytes = new Uint8Array(80);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

function shrunk() {
  const buffer = new ArrayBuffer(80, { maxByteLength: 160 });
  const bytes = new Uint8Array(buffer);
  buffer.resize?.(4);
  return bytes;
}
