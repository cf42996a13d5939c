import { AppError, type AppErrorOptions } from '#platform/errors/app-error.js';

/** A request that a setting of the gateway refuses. The log and a metric name the setting: an operator sees what to change. */
export class LimitError extends AppError {
  /** As the configuration names it: `limits.body`. */
  readonly setting: string;

  constructor(setting: string, code: string, message: string, options: AppErrorOptions = {}) {
    super(code, message, options);
    this.setting = setting;
  }
}
