import type { Metric, Registry } from 'prom-client';
import { cumulative } from '../figures/latency-histogram.js';

/** One value of a metric. */
export interface Value {
  labels: Record<string, string | number>;
  value: number;
  /** Where it isn't the metric's own name: the parts of a histogram. */
  metricName?: string;
}

/** What prom-client asks of a metric, without its own store of values: ours are kept elsewhere, and cheaper. */
export function register(
  registry: Registry,
  short: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  values: () => Value[],
): void {
  const name = `strangler_gateway_${short}`;
  const named = () =>
    values().map((value) =>
      value.metricName ? { ...value, metricName: `${name}_${value.metricName}` } : value,
    );
  const metric = {
    name,
    help,
    type,
    aggregator: 'sum',
    get: () => Promise.resolve({ name, help, type, values: named() }),
    reset: () => undefined,
  };
  registry.registerMetric(metric as unknown as Metric);
}

/** @param totalTime milliseconds */
export function histogram(labels: Value['labels'], counts: Uint32Array, totalTime: number): Value[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return [];
  return [
    ...cumulative(counts).map(({ le, count }) => ({
      metricName: 'bucket',
      labels: { ...labels, le: le / 1000 },
      value: count,
    })),
    { metricName: 'bucket', labels: { ...labels, le: '+Inf' }, value: total },
    { metricName: 'sum', labels, value: totalTime / 1000 },
    { metricName: 'count', labels, value: total },
  ];
}
