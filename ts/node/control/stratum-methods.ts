/** The method of the control socket that a node with a Stratum server has in addition. */
import type { StratumServer } from 'qanto/stratum';
import { z } from 'zod';
import type { ControlMethods } from './methods.ts';

/** A node with 5,000 workers would hold its event loop if it answered with all of them. */
const MAX_COUNT = 1000;
const DEFAULT_COUNT = 100;

/** Adds `stratum.status`: what the server has counted, and some of its workers, those that were seen last first. */
export function addStratumMethods(methods: ControlMethods, stratum: StratumServer): ControlMethods {
  return methods.add(
    'stratum.status',
    { from: z.int().min(0).optional(), count: z.int().min(0).max(MAX_COUNT).optional() },
    ({ from = 0, count = DEFAULT_COUNT }) => ({ ...stratum.totals(), workers: stratum.workers(from, count) }),
  );
}
