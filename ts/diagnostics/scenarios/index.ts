/**
 * The three headline scenarios, as `__test__` has them at its top, for measuring and profiling. Each rejects with an
 * AssertionError when its outcome is not what it must be.
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
