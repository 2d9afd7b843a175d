import { Worker } from 'node:worker_threads';
import { expect, test } from '@jest/globals';
import {
  AbortError,
  ExpectedWorkError,
  HashBudgetSpentError,
  InvalidArgumentError,
  NonceSpaceExhaustedError,
  TimedOutError,
} from '../../ts/errors.ts';
import {
  ALGORITHMS,
  availableKernels,
  blockHeader,
  prepare,
  type Solution,
  type SolveManyOptions,
  solveMany,
  solvePow,
  type Template,
  verifyPow,
} from '../../ts/pow/index.ts';

/** A template with a decimal nonce at the end, for which one hash in `odds` is a hit. Each salt gives another template. */
function template(salt: number, odds: number, algorithm: Template['algorithm'] = 'sha256'): Template {
  const preimage = new Uint8Array(32).fill(salt);
  const length = prepare({ ...EASIEST, algorithm }).digest(0n).length;
  return {
    algorithm,
    preimage,
    nonce: { offset: 32, encoding: 'decimal' },
    target: 2n ** BigInt(8 * length) / BigInt(odds) - 1n,
  };
}

const EASIEST: Template = {
  algorithm: 'sha256',
  preimage: new Uint8Array(8),
  nonce: { offset: 0, encoding: 'u64le' },
  target: 1n,
};
const endless = template(0, 2 ** 60);
const fiveDigits = (salt: number): Template => ({
  ...template(salt, 10_000),
  nonce: { offset: 32, encoding: 'decimal-fixed', width: 5 },
});

/** The parts of solutions that are the same on every machine. */
const answers = (found: readonly (readonly Solution[])[]) =>
  found.map((ofOne) =>
    ofOne.map(({ nonce, variant, digest }) => [nonce, variant, Buffer.from(digest).toString('hex')]),
  );

/** Verifies one nonce and variant after the other. */
function literally(templates: readonly Template[], solutions: number, startNonce = 0n) {
  return templates.map((one) => {
    const found: unknown[] = [];
    for (let nonce = startNonce; ; nonce++) {
      for (let variant = 0; variant < (one.versionRolling ?? 1); variant++) {
        if (!verifyPow(one, nonce, variant)) continue;
        const digest = Buffer.from(prepare(one).digest(nonce, variant)).toString('hex');
        found.push([nonce, variant, digest]);
        if (found.length === solutions) return found;
      }
    }
  });
}

async function failure(...call: Parameters<typeof solveMany>): Promise<unknown> {
  return solveMany(...call).then(
    () => {
      throw new Error('it must be refused');
    },
    (error) => error,
  );
}

test.each(ALGORITHMS)('The solutions of %s are those of a literal search', async (algorithm) => {
  const templates = [template(1, 20, algorithm), template(2, 3, algorithm), template(3, 60, algorithm)];
  const expected = literally(templates, 5);
  for (const kernel of availableKernels()) {
    for (const threads of [1, 2, 3]) {
      expect(answers(await solveMany(templates, { solutions: 5, kernel, threads }))).toEqual(expected);
    }
  }
});

test('The versions of a block header are tried with each nonce', async () => {
  const header = new Uint8Array(80).fill(29, 72, 76);
  const templates = [1, 5, 16].map((versionRolling) =>
    blockHeader(header, { target: 2n ** 256n / 3n, versionRolling }),
  );
  const found = await solveMany(templates, { solutions: 40, startNonce: 7 });
  expect(answers(found)).toEqual(literally(templates, 40, 7n));
});

test('The first solution of each template is that of solvePow', async () => {
  const templates = Array.from({ length: 50 }, (_, salt) => template(salt, 2000));
  const found = await solveMany(templates);
  const single = await Promise.all(templates.map(async (one) => [await solvePow(one)]));
  expect(answers(found)).toEqual(answers(single));
});

test('A solution has the effort of the whole job and the expected hashes of its template', async () => {
  const [[first], [second]] = (await solveMany([template(1, 64), template(2, 256)])) as [
    [Solution],
    [Solution],
  ];
  expect([first.expectedHashes, second.expectedHashes]).toEqual([64, 256]);
  expect(first.hashes).toBeGreaterThan(Number(first.nonce) + Number(second.nonce));
  expect(second.hashes).toBe(first.hashes);
  expect(second.elapsedMs).toBe(first.elapsedMs);
});

test('The budget counts the hashes of one template after the other', async () => {
  const templates = [template(1, 50), template(2, 50), template(3, 50)];
  const expected = literally(templates, 2) as [bigint, ...unknown[]][][];
  const costs = expected.map((found) => Number(found[1]?.[0]) + 1) as [number, number, number];
  const total = costs[0] + costs[1] + costs[2];
  expect(answers(await solveMany(templates, { solutions: 2, maxHashes: total }))).toEqual(expected);
  const error = await failure(templates, { solutions: 2, maxHashes: total - 1 });
  expect(error).toBeInstanceOf(HashBudgetSpentError);
  const { found = [], message } = error as HashBudgetSpentError;
  expect(answers(found)).toEqual([expected[0], expected[1], expected[2]?.slice(0, 1)]);
  expect(message).toBe(`not all solutions were found among the first maxHashes = ${total - 1} hashes`);
  const early = (await failure(templates, { solutions: 2, maxHashes: costs[0] })) as HashBudgetSpentError;
  expect(answers(early.found ?? [])).toEqual([expected[0], [], []]);
});

test('A template with fewer hits than solutions are wanted ends the search', async () => {
  const templates = [template(1, 10), fiveDigits(2), template(3, 10)];
  const all: bigint[] = [];
  for (let nonce = 0n; nonce < 100_000n; nonce++) {
    if (verifyPow(templates[1] as Template, nonce)) all.push(nonce);
  }
  const error = await failure(templates, { solutions: all.length + 1 });
  expect(error).toBeInstanceOf(NonceSpaceExhaustedError);
  const { found = [] } = error as NonceSpaceExhaustedError;
  expect(found.map(({ length }) => length)).toEqual([all.length + 1, all.length, 0]);
  expect(found[1]?.map(({ nonce }) => nonce)).toEqual(all);
});

test('An abort during the job keeps the solutions that are known', async () => {
  const easy = template(1, 10);
  const controller = new AbortController();
  const reason = new Error('the client left');
  const onProgress = () => controller.abort(reason);
  const error = await failure([easy, endless], { solutions: 3, signal: controller.signal, onProgress });
  expect(error).toBeInstanceOf(AbortError);
  const { found = [], cause, stoppedAfterMs } = error as AbortError;
  expect(cause).toBe(reason);
  expect(stoppedAfterMs).toBeGreaterThanOrEqual(0);
  expect(answers(found)).toEqual([...literally([easy], 3), []]);
});

test('A signal that is aborted before the call leaves no solutions', async () => {
  const error = await failure([endless, endless], { signal: AbortSignal.abort() });
  expect(error).toBeInstanceOf(AbortError);
  expect((error as AbortError).found).toEqual([[], []]);
});

test('A timeout keeps the solutions that are known', async () => {
  const error = await failure([endless], { timeoutMs: 30 });
  expect(error).toBeInstanceOf(TimedOutError);
  expect((error as TimedOutError).found).toEqual([[]]);
  expect((error as TimedOutError).message).toContain('not all solutions were found within timeoutMs = 30');
});

test('The errors of solvePow have no solutions', async () => {
  await expect(solvePow(endless, { timeoutMs: 5 })).rejects.toMatchObject({ found: undefined });
  await expect(solvePow(endless, { signal: AbortSignal.abort() })).rejects.toMatchObject({
    found: undefined,
  });
});

test('The limit of the expected work holds for all solutions together', async () => {
  const templates = [template(1, 64), template(2, 64)];
  const error = await failure(templates, { solutions: 3, maxExpectedHashes: 383 });
  expect(error).toBeInstanceOf(ExpectedWorkError);
  expect((error as ExpectedWorkError).expectedHashes).toBe(384n);
  await solveMany(templates, { solutions: 3, maxExpectedHashes: 384 });
});

const WRONG: readonly (readonly [string, string, unknown, SolveManyOptions?])[] = [
  ['templates', 'templates must be an array of 1 to 1024 templates; got an array of 0', []],
  ['templates', 'templates must be an array of 1 to 1024 templates; got an array of 1025', Array(1025)],
  ['templates', 'templates must be an array of 1 to 1024 templates; got undefined', undefined],
  ['templates', 'templates must be an array of 1 to 1024 templates; got an object (Object)', endless],
  ['templates', 'templates must be an array of 1 to 1024 templates; got an object (Set)', new Set([endless])],
  // biome-ignore lint/suspicious/noSparseArray: a hole is the case to test.
  ['templates[1]', 'templates[1] must be an object; got undefined', [endless, , endless]],
  ['templates[1]', 'templates[1] must be an object; got null', [endless, null]],
  [
    'templates[3].target',
    `templates[3].target must be`,
    [endless, endless, endless, { ...endless, target: 0n }],
  ],
  ['templates[0].preimage', 'templates[0].preimage must be', [{ ...endless, preimage: 'text' }]],
  [
    'templates[1].nonce.offset',
    'templates[1].nonce.offset must be',
    [endless, { ...endless, nonce: { offset: 33, encoding: 'decimal' } }],
  ],
  [
    'templates[1].targt',
    'templates[1] has no field targt (did you mean target?)',
    [endless, { ...endless, targt: 1n }],
  ],
  [
    'templates[1].algorithm',
    'templates[1].algorithm must be sha256, as in templates[0]; got "blake3"',
    [endless, { ...endless, algorithm: 'blake3' }],
  ],
  [
    'options.solutions',
    'options.solutions must be an integer from 1 to 32768; got 0',
    [endless, endless],
    { solutions: 0 },
  ],
  [
    'options.solutions',
    'options.solutions must be an integer from 1 to 65536; got 1.5',
    [endless],
    { solutions: 1.5 },
  ],
  [
    'options.solutions',
    'options.solutions must be an integer from 1 to 32768; got 32769',
    [endless, endless],
    { solutions: 32_769 },
  ],
  [
    'options.solutions',
    'options.solutions must be an integer from 1 to 65536; got Infinity',
    [endless],
    { solutions: Infinity },
  ],
  [
    'options.solution',
    'options has no field solution (did you mean solutions?)',
    [endless],
    { solution: 2 } as never,
  ],
  ['options.startNonce', 'options.startNonce must be', [endless, fiveDigits(1)], { startNonce: 100_000 }],
  ['options.threads', 'options.threads must be', [endless], { threads: 0 }],
  ['options', 'options must be an object; got null', [endless], null as never],
];

test.each(WRONG)('An invalid %s is named: %s', async (argument, message, ...call) => {
  const [templates, options] = call as [Template[], SolveManyOptions?];
  const error = await failure(templates, options);
  expect(error).toBeInstanceOf(InvalidArgumentError);
  expect(error).toMatchObject({ code: 'ERR_QANTO_INVALID_ARGUMENT', argument });
  expect((error as InvalidArgumentError).message).toContain(message);
});

test('A job of many templates reports progress and is published once', async () => {
  const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
  const published: unknown[] = [];
  const listener = (message: unknown) => published.push(message);
  subscribe('qanto:solve', listener);
  const reports: number[] = [];
  const onProgress = ({ hashes }: { hashes: number }) => reports.push(hashes);
  await failure([endless, endless], { timeoutMs: 400, onProgress });
  unsubscribe('qanto:solve', listener);
  expect(reports.length).toBeGreaterThan(0);
  expect(reports).toEqual([...reports].sort((a, b) => a - b));
  expect(published).toMatchObject([{ algorithm: 'sha256', outcome: 'timed-out' }]);
});

test('Worker threads find the same solutions', async () => {
  const templates = [template(1, 500), template(2, 500)];
  const code = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { solveMany } = require(${JSON.stringify(require.resolve('../../dist/index.js'))});
    solveMany(workerData, { solutions: 4 }).then((found) => parentPort.postMessage(found));
  `;
  const inWorker = () =>
    new Promise<Solution[][]>((resolve, reject) => {
      const worker = new Worker(code, { eval: true, workerData: templates });
      worker.once('message', resolve).once('error', reject);
    });
  const expected = literally(templates, 4);
  for (const found of await Promise.all([inWorker(), inWorker(), solveMany(templates, { solutions: 4 })])) {
    expect(answers(found)).toEqual(expected);
  }
});
