import { DiscardPolicy, type JetStreamManager, NatsError, nanos, type StreamInfo } from 'nats';
import type { LogLimits } from '#contracts/strangler/retention.js';

/** How much there is in a log, and how much there may be. */
export interface LogSize {
  entries: number;
  bytes: number;
  /** When the oldest entry was stored; undefined in an empty log. */
  oldestAt: Date | undefined;
  /** Undefined where the log has no such limit. */
  maxBytes: number | undefined;
  /** Milliseconds; undefined where the log has no such limit. */
  maxAge: number | undefined;
  full: LogLimits['full'];
}

export function sizeOf({ config, state }: StreamInfo): LogSize {
  return {
    entries: state.messages,
    bytes: state.bytes,
    oldestAt: state.messages > 0 ? new Date(state.first_ts) : undefined,
    maxBytes: config.max_bytes > 0 ? config.max_bytes : undefined,
    maxAge: config.max_age > 0 ? config.max_age / 1e6 : undefined,
    full: config.discard === DiscardPolicy.New ? 'refused' : 'oldest go',
  };
}

/**
 * Gives a log the limits that it lacks, as one does that an older version has made. A limit that is there stays: an
 * operator may have set another one. What would cost entries that are in the log is left out.
 * @throws when the broker refuses, as one does that has too little room
 */
export async function addMissingLimits(
  manager: JetStreamManager,
  info: StreamInfo,
  limits: LogLimits,
): Promise<void> {
  const size = sizeOf(info);
  const age = size.oldestAt ? Date.now() - size.oldestAt.getTime() : 0;
  const change = {
    ...(size.maxBytes === undefined && size.bytes <= limits.maxBytes ? { max_bytes: limits.maxBytes } : {}),
    ...(size.maxAge === undefined && age < limits.maxAge ? { max_age: nanos(limits.maxAge) } : {}),
    ...(size.full === limits.full ? {} : { discard: discardOf(limits) }),
  };
  if (Object.keys(change).length > 0) await manager.streams.update(info.config.name, change);
}

export function discardOf({ full }: Pick<LogLimits, 'full'>): DiscardPolicy {
  return full === 'refused' ? DiscardPolicy.New : DiscardPolicy.Old;
}

/** The broker's code for "no room for another entry in a log that refuses it". */
const maximumBytesExceeded = 10077;

/** Was an entry refused since its log is full? */
export function isLogFull(error: unknown): boolean {
  const cause = error instanceof NatsError ? error : (error as { cause?: unknown } | undefined)?.cause;
  return cause instanceof NatsError && cause.api_error?.err_code === maximumBytesExceeded;
}
