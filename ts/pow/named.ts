/** Errors about a template that is part of another argument. */
import { InvalidArgumentError } from '../errors.ts';

/** Calls a function whose errors name a template. They name it by `name` instead, such as `templates[3]`. */
export function named<T>(name: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    const { argument, value, problem } = error;
    const placed = (text: string) => text.replace(/\btemplate(?=\.| must be | has )/g, name);
    throw new InvalidArgumentError(argument.replace(/^template\b/, name), value, placed(problem));
  }
}
