import { z } from 'zod';
import type { ControlMethods } from '../control/methods.ts';
import { usage } from './json-rpc.ts';

/** Adds the method `help`, which lists all methods, or describes one. */
export function addHelp(methods: ControlMethods): ControlMethods {
  const describe = (name: string) => {
    const { parameters, summary } = methods.describe(name)!;
    return summary === undefined ? usage(name, parameters) : `${usage(name, parameters)}  -  ${summary}`;
  };
  return methods.add(
    'help',
    { command: z.string().max(64).optional() },
    ({ command }) => {
      if (command === undefined) return methods.names.sort().map(describe).join('\n');
      return methods.names.includes(command) ? describe(command) : `help: unknown command: ${command}`;
    },
    'lists all methods, or describes one',
  );
}
