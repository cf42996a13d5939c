import { ErrorCode, NatsError } from 'nats';
import { messageOf } from '#platform/telemetry/message-of.js';

/**
 * Says in words what the broker's client says in codes.
 * @param what what was asked, as the object of a sentence
 * @returns an error with the original as its cause
 */
export function explainNatsError(error: unknown, what: string): Error {
  if (!(error instanceof NatsError)) return error instanceof Error ? error : new Error(messageOf(error));
  if (error.api_error)
    return new Error(`the broker refused ${what}: ${error.api_error.description}`, { cause: error });
  if (error.code === ErrorCode.NoResponders) return new Error(`nobody answers ${what}`, { cause: error });
  if (error.code === ErrorCode.PermissionsViolation)
    return new Error(`this account may not send ${what}: NATS gives it no permission`, { cause: error });
  if (error.code === ErrorCode.Timeout) return new Error(`no answer in time to ${what}`, { cause: error });
  return new Error(`${what} failed: ${error.message}`, { cause: error });
}
