import { type Fields, mustBe, refuseUnknown, requireObject } from 'qanto/internal';

/** The control socket of a node, through which the commands talk to it. It is in the data directory. */
export interface ControlConfig {
  /** Whether to listen. Default: true. */
  readonly enabled?: boolean | undefined;
}

const FIELDS: Fields<ControlConfig> = { enabled: true };

/** Throws `ERR_QANTO_INVALID_ARGUMENT` if a field is unknown or invalid, or if the node has no data directory. */
export function checkControlConfig(config: ControlConfig, hasDirectory: boolean): void {
  requireObject('control', config);
  refuseUnknown('control', config, FIELDS);
  const { enabled } = config;
  if (enabled !== undefined && typeof enabled !== 'boolean')
    throw mustBe('control.enabled', enabled, 'a boolean');
  if (enabled !== false && !hasDirectory) {
    throw mustBe(
      'control',
      config,
      'absent for a node without a store in dataDir, where the socket would be',
    );
  }
}
