/** Decides which connections a server takes: not too many, not too many of one host, and none of a host that is banned. */
import { callerOfAddress, withoutMapping } from '../caller-of-address.ts';
import { RejectBudget } from './reject-budget.ts';

const { BlockList, isIP } = process.getBuiltinModule('node:net');

export interface ConnectionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerHost: number;
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** The host of an address: an address of IPv4, or a network of IPv6 (/64), all of whose addresses one machine can have. */
export function hostOfAddress(address: string): string {
  return callerOfAddress(withoutMapping(address));
}

/** All addresses are those of the sockets. Times are in ms, from a monotonic clock. */
export class Admission {
  readonly #limits: ConnectionLimits;
  readonly #budget = new RejectBudget();
  /** The numbers of connections, by host. */
  readonly #hosts = new Map<string, number>();
  #connections = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  /** The number of bans so far. */
  get bans(): number {
    return this.#budget.bans;
  }

  /** Whether a connection may stay. If so, it counts until {@link leave} is called. */
  enter(address: string, nowMs: number): boolean {
    const host = hostOfAddress(address);
    const count = this.#hosts.get(host) ?? 0;
    const { maxConnections, maxConnectionsPerHost } = this.#limits;
    if (this.#connections >= maxConnections || this.#budget.isBanned(host, nowMs)) return false;
    // A proxy or a tunnel on this machine may stand for many miners.
    if (count >= maxConnectionsPerHost && !isLoopback(address)) return false;
    this.#hosts.set(host, count + 1);
    this.#connections += 1;
    return true;
  }

  /** A connection has ended. */
  leave(address: string): void {
    const host = hostOfAddress(address);
    const count = this.#hosts.get(host)! - 1;
    if (count === 0) this.#hosts.delete(host);
    else this.#hosts.set(host, count);
    this.#connections -= 1;
  }

  /** Counts a refused share that cost hashes. Returns false if the host is banned from now on. */
  spend(address: string, nowMs: number): boolean {
    return this.#budget.spend(hostOfAddress(address), nowMs);
  }
}

function isLoopback(address: string): boolean {
  const plain = withoutMapping(address);
  return isIP(plain) !== 0 && loopback.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}
