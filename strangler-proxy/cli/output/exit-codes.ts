import { AppError } from '#platform/errors/app-error.js';

/** What the command line ends with; scripts rely on these numbers. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  wrongUsage: 2,
  notReachable: 3,
  notConfirmed: 4,
} as const;

export const exitCodeHelp = `Exit codes:
  0  done
  1  failed, or refused; the message says why
  2  wrong usage: unknown command, option, endpoint or value
  3  something that is needed can't be reached: Unleash, the gateways, or the whole system isn't running
  4  changed, or perhaps changed, and not confirmed in time: it goes on by itself`;

const byErrorCode: Record<string, number> = {
  wrong_usage: exitCodes.wrongUsage,
  invalid_config: exitCodes.wrongUsage,
  not_reachable: exitCodes.notReachable,
  not_confirmed: exitCodes.notConfirmed,
};

export function exitCodeOf(error: unknown): number {
  return (error instanceof AppError ? byErrorCode[error.code] : undefined) ?? exitCodes.failed;
}

/** The user asked for something that can't be meant. */
export function wrongUsage(message: string): AppError {
  return new AppError('wrong_usage', message);
}

/** Something outside of this program doesn't answer, or lets nobody in. */
export function notReachable(message: string, cause?: unknown): AppError {
  return new AppError('not_reachable', message, { cause });
}

/** The change is made, or may be, and isn't known to have arrived everywhere. */
export function notConfirmed(message: string): AppError {
  return new AppError('not_confirmed', message);
}
