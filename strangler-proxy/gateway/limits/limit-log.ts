import { guarded } from '#platform/telemetry/guarded.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** What a limit has refused, as far as it is known. */
export interface RefusedByLimit {
  /** As the configuration names it: `limits.body`. */
  setting: string;
  method?: string | undefined;
  /** With or without its query, which is not logged. */
  path?: string | undefined;
  endpoint?: string | undefined;
  requestId?: string | undefined;
  client?: string | undefined;
}

/** Counts and logs what limits refuse. */
export interface LimitLog {
  refused(what: RefusedByLimit): void;
  /** How many since the start, by setting. */
  counts(): ReadonlyMap<string, number>;
  close(): void;
}

/** A line per setting and so many milliseconds, and one for how many more there were. */
const window = 1_000;
/** Most characters of a path in the log. */
const maxPath = 500;

/** Settings that every gateway has: their counters start at 0, so that the first refusal is an increase. */
const everywhere = [
  'limits.headers',
  'limits.body',
  'limits.upload',
  'limits.headersTime',
  'limits.requestTime',
  'limits.idle',
  'limits.connections',
];

/**
 * Logs the first request that a setting refuses in each second, and the number of the others: nobody wonders about a 413, and
 * nobody fills a disk with them.
 */
export function openLimitLog(logger: Pick<Logger, 'warn'>): LimitLog {
  const counts = new Map(everywhere.map((setting) => [setting, 0]));
  /** Not logged in this window, by setting. */
  const unlogged = new Map<string, number>();
  let timer: NodeJS.Timeout | undefined;

  function endWindow(): void {
    timer = undefined;
    for (const [setting, more] of unlogged)
      if (more > 0) logger.warn({ setting, more }, 'more requests were refused by a limit');
    unlogged.clear();
  }

  return {
    refused({ path, ...what }) {
      const { setting } = what;
      counts.set(setting, (counts.get(setting) ?? 0) + 1);
      const more = unlogged.get(setting);
      unlogged.set(setting, more === undefined ? 0 : more + 1);
      timer ??= setTimeout(guarded('counting what limits refuse', endWindow), window).unref();
      if (more !== undefined) return;
      // A query may hold what must not stand in a log.
      const shown = path?.split('?', 1)[0]?.slice(0, maxPath);
      logger.warn({ ...what, ...(shown === undefined ? {} : { path: shown }) }, 'refused by a limit');
    },
    counts: () => counts,
    close() {
      clearTimeout(timer);
      endWindow();
    },
  };
}
