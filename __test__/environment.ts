/** What every test file starts in: one seed for what is mined, one for what the properties draw. */
import fc from 'fast-check';
import { setupDeterministicTestEnv } from '../ts/testing.ts';

setupDeterministicTestEnv();
fc.configureGlobal({ seed: Number(process.env['QANTO_TEST_PROPERTY_SEED'] ?? 42) });
