import { problemStatus, type Problem } from '#contracts/http/problem.js';
import { AppError } from './app-error.js';

const titles: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  402: 'Payment Required',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  410: 'Gone',
  412: 'Precondition Failed',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  421: 'Misdirected Request',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  508: 'Loop Detected',
};

/** HTTP status of an error: the contract's for its code, 500 for anything that was not thrown on purpose. */
export function statusOf(error: unknown): number {
  if (!(error instanceof AppError)) return 500;
  return error.options.status ?? problemStatus[error.code as keyof typeof problemStatus] ?? 500;
}

/**
 * The RFC 9457 body that a client gets for an error. What a 5xx was really about stays in the log:
 * its message may hold names and values that are nobody's business outside.
 * @param instance path of the request
 */
export function problemDetails(error: unknown, instance: string): Problem {
  const status = statusOf(error);
  const known = error instanceof AppError && status !== 500 ? error : undefined;
  return {
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail: known?.message ?? 'Something went wrong on our side; the request id tells us what',
    instance,
    code: known?.code ?? 'internal',
    ...(known?.options.errors ? { errors: known.options.errors } : {}),
  };
}
