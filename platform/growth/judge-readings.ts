import type { StoreReading } from '#contracts/strangler/growth.js';
import type { AgeLimit } from '#contracts/strangler/store.js';
import type { LogSize } from '#platform/messaging/log-size.js';

/** Part of a bound from which on a person is told. */
const alarmFrom = 0.8;
/** How much older than their bound rows may be that are removed: what removes them runs once in a while. */
const lateFrom = 1.2;

/** Seconds. */
const day = 86_400;

function daysText(seconds: number): string {
  return `${(seconds / day).toFixed(1)} days`;
}

/**
 * Judges the age of a table's oldest rows.
 * @param age seconds; undefined where there are no rows
 */
export function judgeAge(store: string, limit: AgeLimit, age: number | undefined): StoreReading {
  const used = Math.max(0, age ?? 0);
  const seconds = limit.days * day;
  const reading = { store: limit.of ? `${store} (${limit.of})` : store, bound: 'age' as const, used };
  return { ...reading, limit: seconds, alarm: ageAlarm(reading.store, limit, used / seconds, used) };
}

function ageAlarm(store: string, { days, end }: AgeLimit, part: number, age: number): string | null {
  if (end === 'removed')
    return part < lateFrom
      ? null
      : `${store} has rows of ${daysText(age)}, which go after ${days} days: what removes them does not run, or can't keep up. The log of its program says why`;
  return part < alarmFrom
    ? null
    : `${store} has rows of ${daysText(age)}, which should be finished long before ${days} days: the log of its program says what is in the way`;
}

/** Judges how many rows there are of what there should be few of. */
export function judgeRows(store: string, limit: number, used: number): StoreReading {
  const alarm =
    used < limit * alarmFrom
      ? null
      : `${store} has ${used} rows, and should never have more than ${limit}: look at what writes them`;
  return { store, bound: 'rows', used, limit, alarm };
}

/** What filling up means for one log, and what to do. */
export interface LogAdvice {
  /** What happens at the bound: ends a sentence that begins with how full it is. */
  then: string;
}

/**
 * Judges a log by its room and by the age of its oldest entry.
 * @param advice undefined where entries may go, because nobody needs them by then: only a missing limit is told
 */
export function judgeLog(
  store: string,
  { bytes, oldestAt, maxBytes, maxAge }: Pick<LogSize, 'bytes' | 'oldestAt' | 'maxBytes' | 'maxAge'>,
  now: number,
  advice?: LogAdvice,
): StoreReading[] {
  const age = oldestAt ? Math.max(0, (now - oldestAt.getTime()) / 1_000) : 0;
  return [
    judgeLogBound(store, 'bytes', bytes, maxBytes, advice),
    judgeLogBound(store, 'age', age, maxAge === undefined ? undefined : maxAge / 1_000, advice),
  ];
}

function judgeLogBound(
  store: string,
  bound: 'bytes' | 'age',
  used: number,
  limit: number | undefined,
  advice: LogAdvice | undefined,
): StoreReading {
  if (limit === undefined)
    return {
      ...{ store, bound, used, limit: null },
      alarm: `${store} has no limit of its ${bound}: it holds more than the limit would allow, or the broker has refused one. Make room, then restart a program that writes it`,
    };
  const part = used / limit;
  const full =
    bound === 'bytes' ? 'of its room is used' : 'of the time is over that its oldest entry is kept';
  return {
    ...{ store, bound, used, limit },
    alarm:
      advice && part >= alarmFrom ? `${store}: ${Math.floor(part * 100)} % ${full}; ${advice.then}` : null,
  };
}
