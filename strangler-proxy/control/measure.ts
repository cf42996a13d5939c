import { Gauge, type Registry } from 'prom-client';
import { readOpen, readState } from './journal/read-journal.js';
import type { CapabilityParts } from './capability/capability-parts.js';

/** Figures for Prometheus, read when they are asked for. */
export function measure(
  registry: Registry,
  capabilities: readonly CapabilityParts[],
  leads: () => boolean,
): void {
  const registers = [registry];
  const labelNames = ['capability'] as const;
  new Gauge({
    name: 'strangler_control_leads',
    help: 'Whether this instance leads: 1 or 0',
    registers,
    collect() {
      this.set(leads() ? 1 : 0);
    },
  });
  new Gauge({
    name: 'strangler_control_wanted_percent',
    help: 'Percent of the buckets that the service shall own',
    registers,
    labelNames,
    async collect() {
      for (const { capability, database } of capabilities) {
        const { rollingBack, wantedPercent } = await readState(database, capability);
        if (rollingBack || wantedPercent !== null)
          this.set({ capability }, rollingBack ? 0 : (wantedPercent ?? 0));
      }
    },
  });
  new Gauge({
    name: 'strangler_control_open_hand_overs',
    help: 'Hand-overs that have begun and are not closed',
    registers,
    labelNames,
    async collect() {
      for (const { capability, database } of capabilities)
        this.set({ capability }, (await readOpen(database, capability)).length);
    },
  });
  new Gauge({
    name: 'strangler_control_waits_for_a_person',
    help: '1 where hand-overs are paused or stopped',
    registers,
    labelNames,
    async collect() {
      for (const { capability, database } of capabilities) {
        const { paused, stoppedReason } = await readState(database, capability);
        this.set({ capability }, paused || stoppedReason !== null ? 1 : 0);
      }
    },
  });
}
