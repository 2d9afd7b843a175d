/** What every test file starts in: one seed for what is mined, one for what the properties draw. Small: each file loads it. */
import fc from 'fast-check';
import { SEED_VARIABLE } from '../ts/environment.ts';

process.env[SEED_VARIABLE] ??= '42';
fc.configureGlobal({ seed: Number(process.env['QANTO_TEST_PROPERTY_SEED'] ?? 42) });
