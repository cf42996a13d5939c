import { Gauge, type Registry } from 'prom-client';
import { z } from 'zod';
import { growthSubject, type StoreReading } from '#contracts/strangler/growth.js';
import { answerJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { repeatTask } from '#platform/resilience/repeat-task.js';
import type { Logger } from '#platform/telemetry/logger.js';

/** What one look at some stores has found. */
export interface Measured {
  /** Bytes by store. */
  bytes?: ReadonlyMap<string, number>;
  readings: readonly StoreReading[];
}

export interface GrowthOptions {
  /** Name of the program, for people. */
  program: string;
  registry: Registry;
  logger: Logger;
  /** Each looks at some stores; one that fails does not keep the others from being looked at. */
  looks: readonly (() => Promise<Measured>)[];
  /** Milliseconds between two looks. */
  everyMs?: number;
}

/** Tells how much of their bounds the stores of one program have used. */
export interface GrowthReport {
  /** Also answers those who ask over NATS, such as `strangler status`. */
  answerOver(nats: NatsConnection): void;
  stop(): Promise<void>;
}

const usualPauseMs = 60_000;

/** Measures stores for as long as it runs: figures for Prometheus, a line in the log when an alarm begins, and answers. */
export function reportGrowth(options: GrowthOptions): GrowthReport {
  const { program, registry, logger, looks, everyMs = usualPauseMs } = options;
  const gauges = createGauges(registry);
  let readings: StoreReading[] = [];
  let alarmed = new Set<string>();
  let stopAnswering = (): void => undefined;

  async function look(): Promise<void> {
    const measured: Measured[] = [];
    for (const one of looks)
      await one().then(
        (found) => void measured.push(found),
        (error: unknown) => logger.warn({ err: error }, 'some stores could not be measured'),
      );
    readings = measured.flatMap((one) => [...one.readings]);
    gauges.show(measured);
    const now = readings.flatMap(({ alarm }) => (alarm === null ? [] : [alarm]));
    const keys = new Set(readings.filter(({ alarm }) => alarm !== null).map(keyOf));
    for (const reading of readings)
      if (reading.alarm !== null && !alarmed.has(keyOf(reading)))
        logger.error({ store: reading.store, bound: reading.bound }, reading.alarm);
    if (alarmed.size > 0 && now.length === 0) logger.info('all stores are within their bounds again');
    alarmed = keys;
  }

  const task = repeatTask('measure stores', everyMs, look, logger);
  task.start();
  return {
    answerOver(nats) {
      stopAnswering = answerJson(
        nats,
        growthSubject,
        z.unknown(),
        () => Promise.resolve({ program, readings }),
        (error) => logger.warn({ err: error }, 'a question about stores has no answer'),
      );
    },
    stop() {
      stopAnswering();
      return task.stop();
    },
  };
}

function keyOf({ store, bound }: StoreReading): string {
  return `${store} ${bound}`;
}

function createGauges(registry: Registry): { show(measured: readonly Measured[]): void } {
  const registers = [registry];
  const bytes = new Gauge({
    name: 'strangler_store_bytes',
    help: 'Size of a table with its indexes, as the server estimates it, or of a log',
    labelNames: ['store'],
    registers,
  });
  const used = new Gauge({
    name: 'strangler_store_used_ratio',
    help: 'Part of a bound that a store has used: 1 is all of it. Bounds are age, bytes and rows',
    labelNames: ['store', 'bound'],
    registers,
  });
  const alarm = new Gauge({
    name: 'strangler_store_alarm',
    help: '1 where a store is near its bound, has none, or is not kept within it; else 0',
    labelNames: ['store', 'bound'],
    registers,
  });
  return {
    show(measured) {
      for (const gauge of [bytes, used, alarm]) gauge.reset();
      for (const one of measured) {
        for (const [store, size] of one.bytes ?? []) bytes.set({ store }, size);
        for (const { store, bound, used: amount, limit, alarm: text } of one.readings) {
          if (bound === 'bytes') bytes.set({ store }, amount);
          if (limit !== null) used.set({ store, bound }, amount / limit);
          alarm.set({ store, bound }, text === null ? 0 : 1);
        }
      }
    },
  };
}
