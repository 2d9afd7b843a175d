import { QantoError } from '../../errors.ts';

/** `ERR_QANTO_METRICS_ALREADY_REGISTERED`: the registry holds qanto's metrics already, those of another set. */
export class MetricsAlreadyRegisteredError extends QantoError {
  /** The first name that is taken, such as `qanto_info`. */
  readonly metric: string;

  /** `metric` is the name that is taken. */
  constructor(metric: string) {
    super(
      'ERR_QANTO_METRICS_ALREADY_REGISTERED',
      `the registry already holds ${metric}; give each set of metrics a registry of its own, or close the other first`,
    );
    this.metric = metric;
  }
}
