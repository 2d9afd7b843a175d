/** Runs a real Prometheus, with the rules of ops/, that scrapes real nodes. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { QantoNode } from '../../ts/node/index.ts';
import { TEST_ADDRESS } from '../../ts/testing.ts';
import { Running } from '../cli/run.ts';
import { temporaryDirectory } from '../dag/store/support.ts';
import { search, TestMiner, targetOf } from '../stratum/support.ts';
import { ruleTexts, SERIES_NAMES } from './files.ts';
import { describeWithPrograms } from './programs.ts';

/** A failing test ends after this time instead of hanging. A passing test needs a few scrapes. */
const PATIENCE_MS = 60_000;
const TEST_TIMEOUT_MS = 2 * PATIENCE_MS;
const POLL_MS = 250;
const NODE = ['node', '--json', '--server-port', '0', '--threads', '1'];
/** A share takes about 86,000 hashes. */
const SHARE_DIFFICULTY = 2e-5;

interface Series {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

describeWithPrograms('Prometheus', ['prometheus'], () => {
  const directory = temporaryDirectory();
  let mining: Running;
  let worker: TestMiner;
  let troubled: QantoNode;
  let prometheus: ChildProcess;
  let url: string;
  /** The addresses of the nodes, as `host:port`. */
  let miningInstance: string;
  let troubledInstance: string;

  beforeAll(async () => {
    mining = new Running([...NODE, '--stratum', '--stratum-port', '0'], { cwd: directory.path });
    let stratumPort: string | undefined;
    mining.child.stderr!.on('data', (chunk) => {
      stratumPort ??= /"url":"stratum\+tcp:\/\/127\.0\.0\.1:(\d+)"/.exec(String(chunk))?.[1];
    });
    miningInstance = await instanceOf(mining);
    worker = new TestMiner(Number(stratumPort));
    const user = `${TEST_ADDRESS}.rig`;
    const job = await worker.logIn(user, `d=${SHARE_DIFFICULTY}`);
    const target = targetOf(worker.difficulty);
    const { extraNonce2, time, nonce } = search(job, worker, (value) => value <= target);
    const answer = await worker.request('mining.submit', user, job.id, extraNonce2, time, nonce);
    expect(answer).toMatchObject({ result: true });

    // Every try of this node fails, so that its circuit breaker opens and stays open.
    troubled = await QantoNode.open(
      {
        network: 'regtest',
        miner: { address: TEST_ADDRESS, circuit: { failureThreshold: 1, resetTimeoutMs: 3_600_000 } },
        server: { port: 0 },
      },
      {
        payloads: () => {
          throw new Error('no payloads today');
        },
      },
    );
    troubledInstance = new URL(troubled.serverUrl!).host;
    troubled.start();

    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    const config = join(directory.path, 'prometheus.yml');
    writeFileSync(config, configurationFor([miningInstance, troubledInstance]));
    prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory.path, 'tsdb')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    await until('it is up', () =>
      fetch(`${url}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
  }, TEST_TIMEOUT_MS);

  afterAll(async () => {
    await worker?.close();
    mining?.child.kill('SIGINT');
    prometheus?.kill('SIGTERM');
    await Promise.all([mining?.finished, troubled?.stop(), prometheus && once(prometheus, 'exit')]);
    directory.remove();
  });

  async function api<T>(path: string): Promise<T> {
    const response = await fetch(`${url}/api/v1/${path}`);
    return ((await response.json()) as { data: T }).data;
  }

  async function query(expression: string): Promise<readonly Series[]> {
    const path = `query?query=${encodeURIComponent(expression)}`;
    return (await api<{ result: readonly Series[] }>(path)).result;
  }

  test(
    'finds that both nodes are up',
    () => until('both are up', async () => (await query('up{job="qanto"} == 1')).length === 2),
    TEST_TIMEOUT_MS,
  );

  test(
    'receives every metric from a node that mines',
    async () => {
      let missing: string[] = [];
      await until('no metric is missing', async () => {
        const series = await query(`{__name__=~"qanto_.*", instance="${miningInstance}"}`);
        const found = new Set(series.map(({ metric }) => metric['__name__']!));
        // A node has no gate, and this one does not serve JSON-RPC, so nothing is counted for them.
        const expected = [...SERIES_NAMES].filter((name) => !/^qanto_(gate|rpc)_/.test(name));
        missing = expected.filter((name) => !found.has(name));
        return missing.length === 0;
      }).catch((error) => {
        throw new Error(`${error}: ${missing.join(', ')}`);
      });
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'sees the DAG grow',
    async () => {
      const blocks = async () =>
        Number((await query(`qanto_dag_blocks{instance="${miningInstance}"}`))[0]?.value[1]);
      const before = await blocks();
      await until('there are more blocks', async () => (await blocks()) > before);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'evaluates every rule without an error',
    async () => {
      const names = ruleTexts().flatMap((text) => text.match(/(?<=(record|alert): )\S+/g) ?? []);
      let rules: { name: string; health: string; lastError?: string }[] = [];
      await until('every rule was evaluated', async () => {
        const { groups } = await api<{ groups: { rules: typeof rules }[] }>('rules');
        rules = groups.flatMap((group) => group.rules);
        return rules.length > 0 && rules.every(({ health }) => health !== 'unknown');
      });
      expect(rules.map(({ name }) => name).sort()).toEqual(names.sort());
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
    },
    TEST_TIMEOUT_MS,
  );

  test(
    'records the hash rate of the node that mines',
    () =>
      until('it is recorded', async () => {
        const [series] = await query(`instance:qanto_hashes:rate1m{instance="${miningInstance}"}`);
        return Number(series?.value[1]) > 0;
      }),
    TEST_TIMEOUT_MS,
  );

  test(
    'fires QantoCircuitOpen only for the node whose circuit breaker is open',
    async () => {
      const firing = () => query('ALERTS{alertname="QantoCircuitOpen", alertstate="firing"}');
      await until('it fires', async () => (await firing()).length > 0);
      expect((await firing()).map(({ metric }) => metric['instance'])).toEqual([troubledInstance]);
    },
    TEST_TIMEOUT_MS,
  );
});

/** The configuration of ops/ for these nodes, with one scrape per second. */
function configurationFor(instances: readonly string[]): string {
  const targets = instances.map((instance) => `'${instance}'`).join(', ');
  return readFileSync('ops/prometheus/prometheus.yml', 'utf8')
    .replaceAll(/_interval: \S+/g, '_interval: 1s')
    .replace('rules/*.yml', resolve('ops/prometheus/rules/*.yml'))
    .replace(/targets: .*/, `targets: [${targets}]`);
}

/** Resolves to `host:port` once the node has logged its address. */
function instanceOf({ child, finished }: Running): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.on('data', (chunk) => {
      said += chunk;
      const [, host] = /"url":"http:\/\/([^"]+)"/.exec(said) ?? [];
      if (host !== undefined) resolve(host);
    });
    finished.then(({ stderr }) => reject(new Error(`the node ended: ${stderr}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Polls another process until a condition holds, because that process cannot notify this one. */
async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await delay(POLL_MS);
  }
}
