import { collectDefaultMetrics, Registry } from 'prom-client';
import { createLogger, logTraces } from 'qanto/telemetry';
import type { ResolvedConfig } from '../config/index.ts';
import { QantoNode } from '../node/index.ts';
import { stoppedExitCode } from './exit-codes.ts';
import { listenForStop } from './signals.ts';
import { type StatusOutput, statusOutput } from './status-output.ts';

export interface RunNodeOptions {
  /** Status as lines of JSON. */
  readonly json: boolean;
  /** Aborts when whoever read the status is gone. */
  readonly stdoutClosed: AbortSignal;
}

/** Runs a node until it has mined its blocks, a signal comes, or stdout closes; shows its status meanwhile. */
export async function runNode({ config, warnings }: ResolvedConfig, options: RunNodeOptions): Promise<void> {
  const output = await statusOutput(options.json);
  const logger = createLogger({
    level: config.logLevel,
    // The stream that log lines and a status share is no terminal itself, but leads to one.
    format: config.logFormat ?? (process.stderr.isTTY ? 'text' : 'json'),
    stream: output.logStream,
  });
  logTraces(logger);
  for (const warning of warnings) logger.warn(warning);

  let node: QantoNode | undefined;
  // Until the process has ended: a signal that npm repeats while it ends must not kill it.
  listenForStop({
    onStop: (signal) => {
      // Until the node is open there is nothing to keep, and reading a long chain would keep the user waiting.
      if (!node) process.exit(stoppedExitCode(signal));
      logger.info('stopping', { signal });
      void node.stop();
    },
    onForce: (signal) => process.exit(stoppedExitCode(signal)),
  });
  const registry = new Registry();
  const { logLevel, logFormat, ...nodeConfig } = config;
  node = await QantoNode.open(nodeConfig, { logger, registry });
  if (node.serverUrl !== undefined) collectDefaultMetrics({ register: registry });
  await mine(node, output, options.stdoutClosed);
}

async function mine(node: QantoNode, output: StatusOutput, stdoutClosed: AbortSignal): Promise<void> {
  // As with "| head": nothing is left to run for.
  stdoutClosed.addEventListener('abort', () => void node.stop());
  node.start();
  output.begin(() => node.status());
  try {
    await node.stopped;
  } finally {
    output.end(node.status());
  }
}
