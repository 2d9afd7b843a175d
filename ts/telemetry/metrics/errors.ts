import { QantoError } from '../../errors.ts';

/**
 * `ERR_QANTO_METRICS_ALREADY_REGISTERED`: the registry already holds the metrics of another {@link Metrics}.
 */
export class MetricsAlreadyRegisteredError extends QantoError {
  /** The first metric that is already registered, such as `qanto_info`. */
  readonly metric: string;

  /** `metric` is the name of the metric that is already registered. */
  constructor(metric: string) {
    super(
      'ERR_QANTO_METRICS_ALREADY_REGISTERED',
      `the registry already holds ${metric}; use another registry for each set of metrics, or close the other set first`,
    );
    this.metric = metric;
  }
}
