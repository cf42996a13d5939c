/**
 * Why a capture can't go on by itself, with what a person can do about it.
 * `code` is stable: `source_settings`, `position_unavailable`, `other_origin`, `source_went_back`, `foreign_id`, `unsafe_table`, `unsupported_change`, `row_too_large`.
 */
export class CaptureStopped extends Error {
  readonly code: string;

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'CaptureStopped';
    this.code = code;
  }
}
