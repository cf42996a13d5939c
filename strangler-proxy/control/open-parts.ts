import type { Sequelize } from 'sequelize';
import { z } from 'zod';
import { ownersSubject } from '#contracts/strangler/ownership.js';
import { connectDatabase } from '#platform/database/connect-database.js';
import { AppError } from '#platform/errors/app-error.js';
import { listenJson, type NatsConnection } from '#platform/messaging/exchange-json.js';
import { connectNats } from '#platform/messaging/connect-nats.js';
import { replicatedCapabilities } from '../gateway/config/capabilities.js';
import { setOwnerFlag } from './flags/set-owner-flag.js';
import { createTurns } from './flags/turns.js';
import { type OwnerFlags, watchOwnerFlags } from './flags/watch-owner-flags.js';
import type { Gate } from './gates/gate.js';
import { commitsAreDurable, replicaIsFilled, replicaKeepsUp, watchLag } from './gates/replica-gates.js';
import { targetIsHealthy, watchInstances } from './gates/target-is-healthy.js';
import { verified, type Verify } from './gates/verified.js';
import { createBell } from '#platform/resilience/bell.js';
import type { CapabilityParts, ShareBeingSet } from './capability/capability-parts.js';
import type { ControlPlaneOptions } from './control-plane-options.js';
import { askSidecars } from './sides/ask-sidecars.js';

/** What an instance needs, whether it leads or stands by. */
export interface OpenParts {
  database: Sequelize;
  nats: NatsConnection;
  capabilities: CapabilityParts[];
  verify: Verify | undefined;
  close(): Promise<void>;
}

/** Connects to everything, and begins to listen. Waits for NATS; the database is not asked yet. */
export async function openParts(options: ControlPlaneOptions): Promise<OpenParts> {
  const { logger, gateway } = options;
  const database = connectDatabase(options.mysqlUrl, 10);
  const nats = await connectNats('control-plane', options.natsUrl);
  const names = [...replicatedCapabilities(gateway).keys()];
  const flags = watchOwnerFlags(options.unleash, options.settings.interval, (error) =>
    logger.warn({ err: error }, 'Unleash could not be asked for flags; the last known ones stand'),
  );
  const { gates, close: closeGates } = openGates(options, nats, names, options.verify?.(nats));
  const shared = { database, flags, gates };
  const opened = names.map((name) => openCapability(options, shared, nats, name));
  return {
    database,
    nats,
    capabilities: opened.map(({ parts }) => parts),
    // Its own: what a gate has compared does not count where there is no way back.
    verify: options.verify?.(nats),
    async close() {
      for (const { close } of opened) close();
      closeGates();
      await flags.close();
      await nats.close();
      await database.close();
    },
  };
}

/** The gates in the order in which they are shown. */
function openGates(
  { gateway, logger, mostLag, throwAwayData, verifiedFor }: ControlPlaneOptions,
  nats: NatsConnection,
  names: readonly string[],
  verify: Verify | undefined,
): { gates: Gate[]; close(): void } {
  const lag = watchLag(nats, names, (problem) =>
    logger.warn({ problem }, 'an announcement of freshness was not understood'),
  );
  const instances = watchInstances(nats, gateway);
  const gates = [
    replicaIsFilled,
    replicaKeepsUp(lag, mostLag),
    commitsAreDurable(throwAwayData),
    targetIsHealthy(instances),
    ...(verify ? [verified(verify, verifiedFor)] : []),
  ];
  return {
    gates,
    close() {
      lag.close();
      instances.close();
    },
  };
}

function openCapability(
  { settings, unleashAdmin, minRequestTimeout, logger }: ControlPlaneOptions,
  { database, flags, gates }: { database: Sequelize; flags: OwnerFlags; gates: readonly Gate[] },
  nats: NatsConnection,
  capability: string,
): { parts: CapabilityParts; close(): void } {
  const [bell, heard] = [createBell(), createBell()];
  // Owners may have changed: what they are now is asked, so the announcement's content does not matter.
  const hear = () => heard.ring();
  const stops = [
    ...(['monolith', 'service'] as const).map((side) =>
      listenJson(nats, ownersSubject(capability, side), z.unknown(), hear, hear),
    ),
    flags.onChange(() => bell.ring()),
  ];
  const setFlag: CapabilityParts['setFlag'] = async (name, percent, reason) => {
    await setOwnerFlag(unleashAdmin, name, percent, reason);
    flags.lookOften();
  };
  const sidecars = askSidecars(nats, capability, minRequestTimeout);
  const own = { capability, bell, heard, sidecars, setFlag };
  const setting = { sharesBeingSet: new Set<ShareBeingSet>(), flagTurns: createTurns() };
  return {
    parts: { ...own, ...setting, database, flags, gates, settings, logger },
    close() {
      for (const stop of stops) stop();
    },
  };
}

/** @throws AppError `not_found` that names those that there are */
export function partsOf(capabilities: readonly CapabilityParts[], name: string): CapabilityParts {
  const found = capabilities.find(({ capability }) => capability === name);
  if (found) return found;
  const known = capabilities.map(({ capability }) => capability).join(', ');
  throw new AppError(
    'not_found',
    `There is no capability ${name} with a service: ${known ? `there is ${known}` : 'the configuration names none'}`,
  );
}
