import { Gauge } from 'prom-client';
import { repeatTask } from '#platform/resilience/repeat-task.js';
import { projectionLag } from './projection-lag.js';
import type { ProjectionsOptions } from './projections-options.js';

const measureEveryMs = 2_000;

/** Measures how far projections are behind, for as long as it runs. @returns a function that ends it */
export function measureProjections({
  database,
  nats,
  projections,
  registry,
  logger,
}: ProjectionsOptions): () => Promise<void> {
  const labelNames = ['projection'];
  const registers = [registry];
  const lag = new Gauge({
    name: 'projection_lag_seconds',
    help: 'Age of the oldest event that a projection has not seen',
    ...{ labelNames, registers },
  });
  const behind = new Gauge({
    name: 'projection_events_behind',
    help: 'Events in the stream that a projection has not seen',
    ...{ labelNames, registers },
  });
  const look = async () => {
    for (const { name: projection } of projections) {
      const { events, milliseconds } = await projectionLag(database, nats, projection);
      lag.set({ projection }, milliseconds / 1_000);
      behind.set({ projection }, events);
    }
  };
  const task = repeatTask('measure projections', measureEveryMs, look, logger);
  task.start();
  return () => task.stop();
}
