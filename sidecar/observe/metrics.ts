import { Counter, Gauge, type Registry } from 'prom-client';
import type { ChangeMessage } from '#contracts/strangler/change-message.js';

const states = [
  'starting',
  'waiting',
  'standby',
  'reading',
  'applying',
  'answering',
  'publishing',
  'stopped',
] as const;
type State = (typeof states)[number];

/** What a capture tells about itself. */
export interface CaptureMetrics {
  state(state: State): void;
  stored(message: ChangeMessage): void;
  outstanding(messages: number): void;
  rewound(): void;
}

/** What an applier tells about itself. */
export interface ApplyMetrics {
  state(state: State): void;
  applied(messages: number, rows: number): void;
  dropped(messages: number): void;
  gap(): void;
  /** Milliseconds from the source's commit to the replica's. */
  lag(milliseconds: number): void;
  filled(table: string, percent: number): void;
}

/** What is told of a capability's ownership rows. */
export interface OwnershipMetrics {
  state(state: State): void;
  owned(buckets: number): void;
}

/** What publishing a capability's events tells about itself. */
export interface EventMetrics {
  state(state: State): void;
  published(events: number): void;
}

/** Makes the sidecar's metrics; the functions give one capability's share of them. */
export function createMetrics(registry: Registry): {
  capture(capability: string): CaptureMetrics;
  apply(capability: string): ApplyMetrics;
  ownership(capability: string): OwnershipMetrics;
  events(capability: string): EventMetrics;
  /** Nothing is replicated of it any more: no alarm shall wait for figures that never come. */
  ended(capability: string): void;
} {
  const registers = [registry];
  const state = new Gauge({
    name: 'strangler_sidecar_state',
    help: '1 for the state that a capture, an applier, who answers for ownership, or who publishes events is in',
    labelNames: ['role', 'capability', 'state'],
    registers,
  });
  const messages = new Counter({
    name: 'strangler_sidecar_messages_total',
    help: 'Messages by what became of them: stored, applied, dropped (seen before)',
    labelNames: ['capability', 'outcome'],
    registers,
  });
  const rows = new Counter({
    name: 'strangler_sidecar_rows_total',
    help: 'Changed rows that were stored in the stream or applied to the replica',
    labelNames: ['capability', 'outcome'],
    registers,
  });
  const outstanding = new Gauge({
    name: 'strangler_capture_outstanding_messages',
    help: 'Messages that the broker has not acknowledged yet',
    labelNames: ['capability'],
    registers,
  });
  const rewinds = new Counter({
    name: 'strangler_capture_rewinds_total',
    help: 'Times that an applier asked for changes again',
    labelNames: ['capability'],
    registers,
  });
  const gaps = new Counter({
    name: 'strangler_apply_gaps_total',
    help: 'Times that the stream did not go on where the replica is',
    labelNames: ['capability'],
    registers,
  });
  const lag = new Gauge({
    name: 'strangler_apply_lag_milliseconds',
    help: 'Age, when it was applied, of the newest heartbeat of the source',
    labelNames: ['capability'],
    registers,
  });
  const filled = new Gauge({
    name: 'strangler_backfill_percent',
    help: 'Share of a table that the backfill has brought over, 0 to 100',
    labelNames: ['capability', 'table'],
    registers,
  });
  const owned = new Gauge({
    name: 'strangler_owned_buckets',
    help: 'Buckets that this side owns, of 100',
    labelNames: ['capability'],
    registers,
  });

  const published = new Counter({
    name: 'strangler_events_published_total',
    help: 'Events that the broker has taken; again, those that it had lost',
    labelNames: ['capability'],
    registers,
  });

  function setState(
    role: 'capture' | 'apply' | 'ownership' | 'events',
    capability: string,
    now: State,
  ): void {
    for (const one of states) state.set({ role, capability, state: one }, one === now ? 1 : 0);
  }

  return {
    capture: (capability) => ({
      state: (now) => setState('capture', capability, now),
      stored(message) {
        messages.inc({ capability, outcome: 'stored' });
        rows.inc({ capability, outcome: 'stored' }, message.changes.length);
      },
      outstanding: (count) => outstanding.set({ capability }, count),
      rewound: () => rewinds.inc({ capability }),
    }),
    apply: (capability) => ({
      state: (now) => setState('apply', capability, now),
      applied(count, changed) {
        messages.inc({ capability, outcome: 'applied' }, count);
        rows.inc({ capability, outcome: 'applied' }, changed);
      },
      dropped: (count) => messages.inc({ capability, outcome: 'dropped' }, count),
      gap: () => gaps.inc({ capability }),
      lag: (milliseconds) => lag.set({ capability }, milliseconds),
      filled: (table, percent) => filled.set({ capability, table }, percent),
    }),
    ownership: (capability) => ({
      state: (now) => setState('ownership', capability, now),
      owned: (buckets) => owned.set({ capability }, buckets),
    }),
    events: (capability) => ({
      state: (now) => setState('events', capability, now),
      published: (events) => published.inc({ capability }, events),
    }),
    ended(capability) {
      for (const role of ['capture', 'apply'])
        for (const one of states) state.remove({ role, capability, state: one });
      outstanding.remove({ capability });
      lag.remove({ capability });
    },
  };
}
