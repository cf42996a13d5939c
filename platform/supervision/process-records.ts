import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { folderIdentity, identifyFolder, isFolder } from './folder-identity.js';
import { writeFileAtomically } from './write-file-atomically.js';

const state = z.enum(['starting', 'ready', 'waiting', 'stopping', 'stopped']);

/** One supervised process, as `<data-dir>/processes.json` tells it. */
const processRecord = z.object({
  name: z.string(),
  /** Undefined while it waits for its next start. */
  pid: z.number().optional(),
  /** See `processIdentity`: which process of that number is meant. */
  identity: z.string().optional(),
  command: z.string(),
  port: z.number().optional(),
  url: z.string().optional(),
  /** ISO 8601, when this pid was started. */
  upSince: z.string().optional(),
  restarts: z.number(),
  /** `waiting`: for what it depends on, or for the pause before a restart to pass. */
  state,
  log: z.string(),
});

const systemRecord = z.object({
  supervisor: z.object({ pid: z.number(), identity: z.string() }),
  processes: z.array(processRecord),
});

const recordsFile = systemRecord.extend({
  /** The data folder that the processes work in. */
  folder: folderIdentity.optional(),
});

export type ProcessState = z.infer<typeof state>;
export type ProcessRecord = z.infer<typeof processRecord>;
export type SystemRecord = z.infer<typeof systemRecord>;

function pathOf(dataDir: string): string {
  return join(dataDir, 'processes.json');
}

/** Written at every change, before anything that follows from it, so that no process of ours goes unrecorded. */
export function writeProcessRecords(dataDir: string, record: SystemRecord): void {
  const content = { folder: identifyFolder(dataDir), ...record };
  writeFileAtomically(pathOf(dataDir), `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * What the supervisor of this data folder last wrote; undefined when none ever ran there. A list that was copied along with
 * another folder counts as none: its processes are that folder's.
 * @throws when the file is damaged
 */
export function readProcessRecords(dataDir: string): SystemRecord | undefined {
  const file = pathOf(dataDir);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { folder, ...record } = parse(file, text);
  // Without a folder it may be anybody's: never end processes in doubt.
  return folder !== undefined && isFolder(folder, dataDir) ? record : undefined;
}

function parse(file: string, text: string): z.infer<typeof recordsFile> {
  try {
    return recordsFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new Error(
      `${file} is damaged and can't be read as a list of processes. ` +
        `See with "ps" that no process of this folder runs, remove the file, and start again.`,
      { cause },
    );
  }
}
