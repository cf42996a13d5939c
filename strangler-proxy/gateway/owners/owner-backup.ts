import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type BucketRow, bucketRowSchema } from '#contracts/strangler/ownership.js';
import type { Side } from '#contracts/strangler/move.js';
import { writeFileAtomically } from '#platform/supervision/write-file-atomically.js';
import type { Logger } from '#platform/telemetry/logger.js';
import { guarded } from '#platform/telemetry/guarded.js';

const rows = z.array(bucketRowSchema);
const keptSchema = z.object({
  version: z.literal(1),
  system: z.string(),
  capabilities: z.record(z.string(), z.object({ monolith: rows, service: rows })),
});

/** The last known rows of both sides, by capability. */
export type KeptOwners = Record<string, Record<Side, BucketRow[]>>;

export interface OwnerBackup {
  /** What an earlier process has kept; empty where there is nothing that can be used. */
  read(): KeptOwners;
  /** Writes the file soon; calls in between share one write. */
  keepSoon(): void;
  /** Writes what is still to be written. */
  close(): void;
}

export interface BackupOptions {
  folder: string;
  /** Names the system, so that a folder that comes from another one is recognised. */
  system: string;
  current: () => KeptOwners;
  logger: Logger;
}

/** Milliseconds within which changes share one write. */
const writeEvery = 500;

/**
 * Keeps the last known owners in a folder, for a gateway that starts while a sidecar is silent. The file is only a hint:
 * what a side reports replaces it.
 */
export function createOwnerBackup({ folder, system, current, logger }: BackupOptions): OwnerBackup {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'owners.json');
  let written = '';
  let timer: NodeJS.Timeout | undefined;

  function write(): void {
    clearTimeout(timer);
    timer = undefined;
    const text = JSON.stringify({ version: 1, system, capabilities: current() });
    if (text === written) return;
    try {
      writeFileAtomically(file, text, 0o600);
      written = text;
    } catch (error) {
      logger.warn({ err: error, file }, 'the map of owners could not be kept');
    }
  }

  return {
    read() {
      const text = readIfPresent(file, logger);
      if (text === undefined) return {};
      const kept = parse(text);
      if (kept?.system === system) return kept.capabilities;
      const problem = kept ? 'it is of another system' : 'it is damaged';
      logger.warn({ file, problem }, 'the map of owners that was kept is ignored');
      return {};
    },
    keepSoon: () => void (timer ??= setTimeout(guarded('keeping owners', write), writeEvery).unref()),
    close: () => void (timer && write()),
  };
}

function readIfPresent(file: string, logger: Logger): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      logger.warn({ err: error, file }, 'the map of owners that was kept is ignored');
    return undefined;
  }
}

function parse(text: string): z.infer<typeof keptSchema> | undefined {
  try {
    return keptSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
