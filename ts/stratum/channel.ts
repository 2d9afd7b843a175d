/** The channel on which Stratum servers publish how long the distribution of a job took. */
const { channel } = process.getBuiltinModule('node:diagnostics_channel');

/** The name of the `node:diagnostics_channel` on which each Stratum server of the process publishes a {@link StratumMessage}. */
export const STRATUM_CHANNEL = 'qanto:stratum';

/** A job has been sent to all miners. */
export interface StratumMessage {
  /** The number of connections that the job was sent to. */
  readonly connections: number;
  /** The time from the template until the system had taken the last byte, in ms. */
  readonly elapsedMs: number;
}

const published = channel(STRATUM_CHANNEL);

export function publish(message: StratumMessage): void {
  if (published.hasSubscribers) published.publish(message);
}
