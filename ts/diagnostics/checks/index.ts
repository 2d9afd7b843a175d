/** The checks of `qanto diagnose`, in the order of the report. */
import type { Check } from '../check.ts';
import { cancellation } from './cancellation.ts';
import { determinism } from './determinism.ts';
import { eventLoop } from './event-loop.ts';
import { hashRates } from './hash-rates.ts';
import { memory } from './memory.ts';
import { miningOverhead } from './mining-overhead.ts';
import { scenarios } from './scenarios.ts';
import { threads } from './threads.ts';

export const CHECKS: readonly Check[] = [
  hashRates,
  miningOverhead,
  cancellation,
  eventLoop,
  threads,
  memory,
  determinism,
  scenarios,
];
