import { Counter, Gauge, type Registry } from 'prom-client';
import type { Logger } from '#platform/telemetry/logger.js';
import { createShield, type Shield, type ShieldFigures, type ShieldLimits } from './shield.js';

/** The shields of one program, one before each other program that it calls. */
export interface Shields {
  /** The one before a program, which is made when it is first asked for. @param name as operators call it: `payments` */
  before(name: string): Shield;
  close(): void;
}

export interface ShieldsOptions {
  limits?: Partial<Omit<ShieldLimits, 'breaker'>>;
  /** How many times as long as usual a call waits for its turn. */
  patience?: number;
  logger: Logger;
  /** Where their figures are shown; nowhere without it. */
  registry?: Registry | undefined;
}

/** Suits a program that answers within milliseconds when it is well. */
const usual: ShieldLimits = {
  ...{ concurrent: 32, queue: 256, wait: 1_000 },
  breaker: { consecutive: 5, percent: 50, volume: 20, retryAfter: 1_000 },
};
const states = { closed: 0, 'half-open': 1, open: 2 };

/** A breaker and a bulkhead before each program that is called: one that is slow or dead takes no other down. */
export function createShields({ limits, patience = 1, logger, registry }: ShieldsOptions): Shields {
  const shields = new Map<string, Shield>();
  if (registry) showFigures(registry, shields);
  return {
    before(name) {
      const known = shields.get(name);
      if (known) return known;
      const onChange = (breaker: ShieldFigures['state']) =>
        logger.warn({ towards: name, breaker }, 'a breaker changed its state');
      const own = { ...usual, ...limits };
      const shield = createShield({ ...own, wait: own.wait * patience }, onChange);
      shields.set(name, shield);
      return shield;
    },
    close: () => shields.forEach((shield) => shield.close()),
  };
}

/** Worked out when they are asked for: calls pay nothing for them. */
function showFigures(registry: Registry, shields: ReadonlyMap<string, Shield>): void {
  const gauge = (name: string, help: string, value: (figures: ShieldFigures) => number) =>
    new Gauge({
      ...{ name: `strangler_shield_${name}`, help, labelNames: ['towards'], registers: [registry] },
      collect() {
        for (const [towards, shield] of shields) this.set({ towards }, value(shield.figures()));
      },
    });
  gauge('breaker_state', '0 closed, 1 half-open, 2 open', ({ state }) => states[state]);
  gauge('running', 'Calls that another program is working on', ({ running }) => running);
  gauge('waiting', 'Calls that wait for a place in the bulkhead', ({ waiting }) => waiting);
  new Counter({
    name: 'strangler_shield_refused_total',
    help: 'Calls that were not made, by what kept them back',
    labelNames: ['towards', 'by'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [towards, shield] of shields) {
        for (const [by, count] of Object.entries(shield.figures().refused)) this.inc({ towards, by }, count);
      }
    },
  });
}
