import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '#platform/errors/app-error.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { RejectedLine } from './judge-record.js';

/** The CSV file that names every rejected line, so that it can be mended and imported. */
export interface RejectedReport {
  add(rejected: RejectedLine): Promise<void>;
  close(): Promise<void>;
}

const bufferedCharacters = 65_536;

/**
 * Opens the report, which takes the place of an earlier one.
 * @param path undefined: no report is wanted
 * @throws AppError `invalid_report` when it can't be written there
 */
export async function openRejectedReport(path: string | undefined): Promise<RejectedReport> {
  if (path === undefined) return { add: () => Promise.resolve(), close: () => Promise.resolve() };
  const file = await openForWriting(path);
  let text = 'line,reason,detail,record\n';
  const flush = async () => {
    await file.write(text);
    text = '';
  };
  return {
    add: async ({ line, reason, detail, raw }) => {
      text += `${line},${reason},${quoted(detail)},${quoted(raw)}\n`;
      if (text.length > bufferedCharacters) await flush();
    },
    close: async () => {
      await flush();
      await file.close();
    },
  };
}

async function openForWriting(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w');
  } catch (cause) {
    const why = messageOf(cause);
    throw new AppError('invalid_report', `The report of rejected lines can't be written: ${why}`, { cause });
  }
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
