import { InvalidArgumentError } from 'commander';

/** Reads an option that is a number of seconds. */
export function secondsOption(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0 && value <= 3600) return value;
  throw new InvalidArgumentError('It must be a number of seconds, up to 3600.');
}
