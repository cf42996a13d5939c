import { Registry } from 'prom-client';
import { QueryTypes, type Sequelize } from 'sequelize';
import type { Side } from '#contracts/strangler/move.js';
import type { OwnershipAnswer } from '#contracts/strangler/ownership.js';
import type { RetirementAnswer } from '#contracts/strangler/retirement.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { migrateSchema } from '#platform/schema/migrate-schema.js';
import { serveHttp } from '#platform/http/serve-http.js';
import { createLogger } from '#platform/telemetry/logger.js';
import { controlMigrations } from '../../../../migrations/schema/control/index.js';
import { createTestDatabase } from '../../../../tests/support/servers.js';
import { serveAdmin } from '../../admin/serve-admin.js';
import type { Judging } from '../../complete/conditions.js';
import type { KnownGateways } from '../../gateways/known-gateways.js';
import type { OwnerFlags } from '../../flags/watch-owner-flags.js';
import { createTurns } from '../../flags/turns.js';
import { takeTerm, type Leader } from '../../fence/fence.js';
import { createBell } from '#platform/resilience/bell.js';
import { findCallers } from '../../tokens/find-caller.js';
import type { CapabilityParts } from '../../capability/capability-parts.js';
import type { Sidecars } from '../../sides/ask-sidecars.js';
import { operator, testSettings } from './controlled-system.js';

/** A flag that is set, and seen, when the test says so. */
export interface HeldFlag {
  flags: OwnerFlags;
  setFlag: CapabilityParts['setFlag'];
  /** What Unleash has. */
  percent(): number;
  /** Lets the oldest change that is under way reach Unleash. @returns whether there was one */
  arrive(): boolean;
  /** Lets the control plane see what Unleash has. */
  see(): void;
}

export function holdFlag(percent: number): HeldFlag {
  const listeners = new Set<() => void>();
  const underWay: (() => void)[] = [];
  let [kept, seen] = [percent, percent];
  return {
    flags: {
      of: () => ({ kind: 'percent', percent: seen }),
      lookOften: () => undefined,
      onChange(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      close: async () => undefined,
    },
    setFlag: (_, wanted) =>
      new Promise((resolve) => {
        underWay.push(() => {
          kept = wanted;
          resolve();
        });
      }),
    percent: () => kept,
    arrive() {
      const next = underWay.shift();
      next?.();
      return next !== undefined;
    },
    see() {
      seen = kept;
      for (const listener of [...listeners]) listener();
    },
  };
}

/** The admin API in front of a real journal, without a system behind it. */
export interface AdminAlone {
  url: string;
  leader: Leader;
  database: Sequelize;
  judging: Judging;
  /** One more capability: its service owns everything. */
  add(capability: string, flag: HeldFlag): CapabilityParts;
  ask(capability: string, action: string, body: object, version: number | '*'): Promise<number>;
  /** What persons, and the control plane, have done to a capability, in its order; and completions that it gave up. */
  audit(capability: string): Promise<AuditedChange[]>;
  end(): Promise<void>;
}

export interface AuditedChange {
  /** The person that the caller named, or the part of the system that acted. */
  who: string;
  action: string;
  before: Record<string, unknown>;
  after: Record<string, unknown>;
}

/** @param gatewaysOf those that it knows; none where that is left out */
export async function startAdminAlone(
  gatewaysOf: (database: Sequelize) => KnownGateways = () => noGateways,
): Promise<AdminAlone> {
  const journal = await createTestDatabase('control');
  const database = connectDatabase(journal.url, 10);
  const logger = createLogger('control-plane', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  await migrateSchema(database, controlMigrations, logger);
  const leader = await takeTerm(database, 'test');
  const known = new Map<string, CapabilityParts>();
  const judging: Judging = {
    verify: async () => ({ ok: true, detail: 'equal' }),
    quietTime: 0,
    readsAtMonolith: async () => [],
    notLeaving: async () => [],
  };
  const partsOf = (name: string): CapabilityParts => {
    const parts = known.get(name);
    if (!parts) throw new Error(`there is no ${name}`);
    return parts;
  };
  const app = serveAdmin({
    ...{ database, logger, partsOf, judging, gateways: gatewaysOf(database), capabilities: [] },
    findCaller: findCallers(database, operator),
    hasConfigured: true,
    registry: new Registry(),
    leader: () => leader,
    leaderUrl: async () => undefined,
    noteRefusal: () => undefined,
  });
  const server = await serveHttp(app, '127.0.0.1', 0);
  const url = `http://127.0.0.1:${server.port}`;
  return {
    ...{ url, leader, database, judging },
    add(capability, { flags, setFlag }) {
      const parts: CapabilityParts = {
        ...{ capability, database, logger, flags, setFlag, gates: [] },
        sidecars: ownedByService(capability),
        sharesBeingSet: new Set(),
        flagTurns: createTurns(),
        settings: { ...testSettings, interval: 10 },
        ...{ bell: createBell(), heard: createBell() },
      };
      known.set(capability, parts);
      return parts;
    },
    async ask(capability, action, body, version) {
      const { status } = await fetch(new URL(`/capabilities/${capability}/${action}`, url), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${operator}`,
          'content-type': 'application/json',
          'if-match': version === '*' ? version : `"${version}"`,
        },
        body: JSON.stringify(body),
      });
      return status;
    },
    async audit(capability) {
      const rows = await database.query<Record<AuditColumn, string>>(
        "SELECT * FROM audit_entry WHERE capability = ? AND (outcome = 'done' OR action LIKE 'completion:%') ORDER BY id",
        { replacements: [capability], type: QueryTypes.SELECT },
      );
      return rows.map(({ who, on_behalf_of: person, action, before_value, after_value }) => {
        const [before, after] = [JSON.parse(before_value), JSON.parse(after_value)];
        return { who: person ?? who, action, before, after };
      });
    },
    async end() {
      await server.close();
      await database.close();
      await journal.drop();
    },
  };
}

const noGateways: KnownGateways = {
  list: async () => ({ version: 1, items: [] }),
  statuses: async () => [],
  isThere: async () => false,
  close: () => undefined,
};

type AuditColumn = 'who' | 'on_behalf_of' | 'action' | 'before_value' | 'after_value';

/** Sidecars of which the service's owns all buckets, and that carry nothing out. */
function ownedByService(capability: string): Sidecars {
  const silent = () => Promise.reject(new Error('no sidecar is there'));
  const rows = async (side: Side): Promise<OwnershipAnswer> => ({
    ...{ capability, side, filled: true, undurable: [] },
    rows: Array.from({ length: 100 }, (_, index) => ({
      bucket: index + 1,
      state: side === 'service' ? 'owned' : 'released',
      epoch: 2,
      vetoed: 0,
    })),
  });
  const retirement = async (side: Side): Promise<RetirementAnswer> => ({
    ...{
      capability,
      side,
      state: 'open',
      replicating: true,
      tables: [],
      dependents: [],
      openWork: [],
      uses: [],
    },
    instances: [{ instance: 'one', seenAt: '2026-01-01T00:00:00.000Z', follows: false }],
    ...{ notedSince: '2026-01-01T00:00:00.000Z', at: '2026-01-01T00:01:00.000Z' },
  });
  return {
    ...{ rows, retirement },
    ...{
      lockedRows: silent,
      release: silent,
      veto: silent,
      reopen: silent,
      takeBack: silent,
      retire: silent,
    },
  };
}
