/**
 * The three headline scenarios, which the tests at the top of `__test__` also run, for measuring and profiling. Each rejects
 * with an AssertionError if its outcome is wrong.
 */
import { basicMining } from './basic-mining.ts';
import { cancellationResponsiveness } from './cancellation-responsiveness.ts';
import { integrationFlow } from './integration-flow.ts';

export const SCENARIOS = {
  basic_mining: basicMining,
  integration_flow: integrationFlow,
  cancellation_responsiveness: cancellationResponsiveness,
} as const;
export type ScenarioName = keyof typeof SCENARIOS;
export const SCENARIO_NAMES = Object.keys(SCENARIOS) as ScenarioName[];
