/**
 * Loads `@opentelemetry/api` once an SDK is registered. An SDK registers itself in a global that all copies of
 * the API (1.x) share. As long as this global is not set, no spans are recorded, and the package is not loaded.
 */
import type * as Api from '@opentelemetry/api';
import { MissingPackageError } from '../errors.ts';
import { optionalPackage } from '../optional-packages.ts';

export type OpenTelemetry = typeof Api;

/** The key of this global, from `internal/global-utils` of `@opentelemetry/api` 1.x. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

let api: OpenTelemetry | undefined;
let isMissing = false;

/** The API. Undefined if no SDK is registered or if the package is not installed. */
export function openTelemetry(): OpenTelemetry | undefined {
  const registered = (globalThis as { [REGISTERED]?: { trace?: unknown; context?: unknown } })[REGISTERED];
  if (registered?.trace === undefined && registered?.context === undefined) return undefined;
  if (api === undefined && !isMissing) load();
  return api;
}

function load(): void {
  try {
    api = openTelemetryApi();
  } catch (error) {
    if (!(error instanceof MissingPackageError)) throw error;
    // A missing package must not fail the work that would be traced.
    isMissing = true;
    process.emitWarning(error.message, { code: error.code });
  }
}

function openTelemetryApi(): OpenTelemetry {
  try {
    return require('@opentelemetry/api') as OpenTelemetry;
  } catch (error) {
    return optionalPackage('@opentelemetry/api', 'tracing', error) as OpenTelemetry;
  }
}
