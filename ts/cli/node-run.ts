import { collectDefaultMetrics, Registry } from 'prom-client';
import { onceAborted } from 'qanto/internal';
import { createLogger, logTraces } from 'qanto/telemetry';
import type { ResolvedConfig } from '../config/index.ts';
import { QantoNode } from '../node/index.ts';
import { stoppedExitCode } from './exit-codes.ts';
import { listenForPause, listenForStop } from './signals.ts';
import { type StatusOutput, statusOutput } from './status-output.ts';

export interface RunNodeOptions {
  /** Whether the status is printed as lines of JSON. */
  readonly json: boolean;
  /** Aborts when the reader of stdout has closed it. */
  readonly stdoutClosed: AbortSignal;
}

/** Runs a node, and shows its status, until it has mined its blocks, a signal arrives or stdout is closed. */
export async function runNode({ config, warnings }: ResolvedConfig, options: RunNodeOptions): Promise<void> {
  // Decided here, because the logger's stream below only forwards to stderr and is not a terminal itself.
  const logFormat = config.logFormat ?? (process.stderr.isTTY ? 'text' : 'json');
  const output = await statusOutput(options.json, logFormat);
  const logger = createLogger({ level: config.logLevel, format: logFormat, stream: output.logStream });
  logTraces(logger);
  for (const warning of warnings) logger.warn(warning);

  let node: QantoNode | undefined;
  // Never removed: a signal that npm repeats while the process ends must not kill it.
  listenForStop({
    onStop: (signal) => {
      // Nothing needs to be stored before the node is open, and reading a long chain would delay the exit.
      if (!node) process.exit(stoppedExitCode(signal));
      logger.info('stopping', { signal });
      void node.stop();
    },
    onForce: (signal) => process.exit(stoppedExitCode(signal)),
  });
  const registry = new Registry();
  const { logLevel: _level, logFormat: _format, ...nodeConfig } = config;
  node = await QantoNode.open(nodeConfig, { logger, registry });
  listenForPause(node.miner);
  if (node.serverUrl !== undefined) collectDefaultMetrics({ register: registry });
  const link = node.viewLink();
  // A code must not be in a log that is kept, so it is printed only where somebody reads it.
  if (link !== undefined && process.stderr.isTTY) output.logStream.write(`The page of this node: ${link}\n`);
  await mine(node, output, options.stdoutClosed);
}

async function mine(node: QantoNode, output: StatusOutput, stdoutClosed: AbortSignal): Promise<void> {
  node.start();
  // A closed stdout, as after "| head", stops the node.
  onceAborted(stdoutClosed, () => void node.stop());
  output.begin(() => node.status());
  try {
    await node.stopped;
  } finally {
    output.end(node.status());
  }
}
