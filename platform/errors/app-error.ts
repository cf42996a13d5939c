/** One failed field of a request: where, and what is wrong with it. */
export interface FieldError {
  path: string;
  message: string;
}

export interface AppErrorOptions {
  cause?: unknown;
  /** HTTP status for codes that are not in the table of the contract. */
  status?: number;
  errors?: FieldError[];
  /** Seconds after which a retry makes sense. */
  retryAfter?: number;
  /** Further response headers, e.g. `Allow`. */
  headers?: Record<string, string>;
}

/**
 * The one error type that our code throws on purpose.
 * `code` is stable and machine-readable; the message says what happened, to what, and what to do next.
 */
export class AppError extends Error {
  readonly code: string;
  readonly options: AppErrorOptions;

  constructor(code: string, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.options = options;
  }
}
