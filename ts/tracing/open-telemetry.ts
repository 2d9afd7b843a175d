/**
 * `@opentelemetry/api`, once there is somebody to tell of spans. An SDK that sets itself up registers with the API, and
 * all copies of the API (1.x) share one global for that; as long as nothing stands there, nobody records spans, and the
 * package is not even looked for.
 */
import type * as Api from '@opentelemetry/api';
import { MissingPackageError } from '../errors.ts';
import { optionalPackage } from '../optional-packages.ts';

export type OpenTelemetry = typeof Api;

/** The API's own key: `internal/global-utils` of `@opentelemetry/api` 1.x. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

let api: OpenTelemetry | undefined;
let isMissing = false;

/** The API when an SDK is set up; undefined when none is, or when the package cannot be found from here. */
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
    // No reason to refuse the work that would have been traced.
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
