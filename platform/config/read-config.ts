import type { z } from 'zod';
import { AppError } from '#platform/errors/app-error.js';

/**
 * Validates a process's environment once, at start.
 * @param program name shown to the person who has to fix it
 * @param schema the process's own schema: one field per environment variable
 * @param environment usually `process.env`; an empty string counts as not set
 * @throws AppError `invalid_config` that lists every variable that is missing or wrong
 */
export function readConfig<Schema extends z.ZodType>(
  program: string,
  schema: Schema,
  environment: NodeJS.ProcessEnv,
): z.output<Schema> {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const result = schema.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw new AppError(
    'invalid_config',
    `${program} can't start, its environment is wrong:\n${problems.join('\n')}`,
  );
}
