/** How long an event stands in the stream of events, at most. */
export const eventDays = 7;

/** How long an inbox remembers that an event was handled. */
export const inboxDays = 10;

/**
 * Longest that an outbox may keep what it has published, in hours. A stream that is lost is filled again from the
 * outboxes, with events of up to that age, and keeps each for its own days from then on. An inbox that has forgotten an
 * event by then would have it handled twice.
 */
export const maxEventsKeptHours = (inboxDays - eventDays) * 24;

/** How long an event that was put aside waits for a person. */
export const deadLetterDays = 90;

/** How long an answer is remembered under its Idempotency-Key, in hours. */
export const idempotencyHours = 24;

/** How long ended sagas are kept for people who want to know what happened. */
export const sagaDays = 7;

/** How long ended instances of a program are remembered: they tell since when uses are noted. */
export const instanceDays = 30;

/** How long closed hand-overs are kept, beyond the newest of each capability. */
export const handOverDays = 90;

/** Closed hand-overs of a capability that are kept however old they are. */
export const handOversKept = 100;

/** How long the steps of completions are kept. */
export const completionStepDays = 365;

/** How long entries of the audit stand one by one, before they are moved into a piece of the archive. */
export const auditEntryDays = 60;

/** Entries of the audit that stand one by one at most, whatever their age. */
export const auditEntriesKept = 50_000;

/** Tokens of the admin API that there may be at once, beside the configured one. */
export const maxTokens = 100;

/** How long pieces of the audit's archive are kept. */
export const auditPieceDays = 3_650;

/** What a log keeps. Times are milliseconds. */
export interface LogLimits {
  maxAge: number;
  maxBytes: number;
  /** How long the broker remembers ids of entries. */
  repetitionWindow: number;
  /** What happens to an entry for which there is no room. */
  full: 'oldest go' | 'refused';
}

const hour = 3_600_000;
const mebibyte = 1024 ** 2;

/** Of changes: a transport, not the truth, and no writer repeats an id. Whoever misses some has them sent again. */
export const changeLimits: LogLimits = {
  maxAge: hour,
  maxBytes: 256 * mebibyte,
  repetitionWindow: 10_000,
  full: 'oldest go',
};

/** Of all events of a system; the same for every side and capability, whoever makes the stream. */
export const eventLimits: LogLimits = {
  maxAge: eventDays * 24 * hour,
  maxBytes: 1024 * mebibyte,
  repetitionWindow: 120_000,
  full: 'oldest go',
};

/** Of dead letters. None goes to make room for another: a consumer that can't put an event aside waits. */
export const deadLetterLimits: LogLimits = {
  maxAge: deadLetterDays * 24 * hour,
  maxBytes: 64 * mebibyte,
  repetitionWindow: 120_000,
  full: 'refused',
};

/** The key-value bucket in which the control planes keep the lease of their leader. */
export const leaseBucket = 'strangler-control';

/** Bytes of a bucket of leases, which holds one short text for each lease. */
export const leaseBucketBytes = mebibyte;
