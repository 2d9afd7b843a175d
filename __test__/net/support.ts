/** Nodes with real DAGs on a network in memory. */
import { MemoryStore, QantoDag, regtest } from '../../ts/dag/index.ts';
import {
  type LinkOptions,
  MemoryHub,
  Network,
  type NetworkOptions,
  VirtualTime,
} from '../../ts/net/index.ts';
import { ADDRESS, fixedEnvironment, mine } from '../dag/support.ts';

export interface TestNode {
  readonly id: string;
  readonly dag: QantoDag;
  readonly network: Network;
  /** What happened to peers and syncs: the event, the peer, and the code of an error. */
  readonly log: string[];
}

/** A network in virtual time, whose nodes close with it. */
export class TestNetwork {
  readonly time = new VirtualTime();
  readonly hub: MemoryHub;
  readonly nodes: TestNode[] = [];
  #mined = 0;

  constructor(links: LinkOptions = {}) {
    this.hub = new MemoryHub(this.time, links);
  }

  /** Starts a node, which dials the given nodes. */
  async add(id: string, peers: readonly string[] = [], options: AddOptions = {}): Promise<TestNode> {
    const { store = new MemoryStore(), clockOffsetMs = 0, network: params = regtest, ...rest } = options;
    const clock = {
      now: () => this.time.now() + clockOffsetMs,
      monotonicMs: () => this.time.monotonicMs(),
      schedule: (delayMs: number, run: () => void) => this.time.schedule(delayMs, run),
      hold: (work: Promise<unknown>) => this.time.hold(work),
    };
    const environment = fixedEnvironment(0);
    Object.defineProperty(environment, 'nowMs', { get: () => clock.now() });
    const dag = await QantoDag.open({ network: params, store, environment });
    const transport = this.hub.transport(id, clock);
    const network = new Network({ dag, transport, peers: peers.map((peer) => `memory:${peer}`), ...rest });
    const log: string[] = [];
    network.on('peer-connected', (peer) => log.push(`connected ${peer.id}`));
    network.on('peer-disconnected', (peer) => log.push(`disconnected ${peer.id}`));
    network.on('peer-refused', (error) => log.push(`refused ${error.peer} ${error.code}`));
    network.on('peer-banned', ({ peer, reason }) => log.push(`banned ${peer} ${reason}`));
    network.on('sync-failed', ({ peer, error }) =>
      log.push(`failed ${peer} ${(error as { code?: string }).code}`),
    );
    const node = { id, dag, network, log };
    this.nodes.push(node);
    await network.start();
    return node;
  }

  /** Mines blocks on the tips of a node, one after the other. */
  async mine({ dag }: Pick<TestNode, 'dag'>, count: number): Promise<string[]> {
    const hashes: string[] = [];
    for (let index = 0; index < count; index++) {
      const template = dag.buildTemplate({ address: ADDRESS, extraNonce: this.#mined++ });
      hashes.push((await dag.addBlock(mine(template))).hash);
    }
    return hashes;
  }

  /** Lets time pass until all nodes have the same sink and the same blocks. Resolves to whether they do. */
  converge(nodes: readonly TestNode[] = this.nodes, mostMs = 60_000): Promise<boolean> {
    const state = ({ dag }: TestNode) => `${dag.sink()} ${dag.info().blockCount} ${dag.tips().join()}`;
    return this.time.advanceUntil(() => new Set(nodes.map(state)).size === 1, mostMs);
  }

  async close(): Promise<void> {
    for (const { network, dag } of this.nodes) {
      const stopped = network.stop();
      await this.time.advance(100);
      await stopped;
      await dag.close();
    }
  }
}

export interface AddOptions extends Omit<Partial<NetworkOptions>, 'dag' | 'transport' | 'peers'> {
  readonly store?: MemoryStore;
  readonly clockOffsetMs?: number;
  readonly network?: typeof regtest;
}
