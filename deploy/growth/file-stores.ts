import type { Store } from '#contracts/strangler/store.js';

/** Files, those of servers included that this system configures. */
export const fileStores: readonly Store[] = [
  file(
    'logs/*.log',
    'what a process has written to its output',
    '10 MiB, and one older file of as much',
    'the supervisor cuts it',
  ),
  file(
    'binlog.*',
    "the database's own log, which captures read",
    '7 days (`--binlog-expire-logs-seconds`)',
    'the database server removes it; a capture that needs more is stopped, and says so',
  ),
  file('mail/*', 'mails that the local mail server shows', '5,000 mails', 'the mail server drops the oldest'),
  file(
    'the database of Unleash',
    'flags, and every change of one',
    'as many as people and programs make',
    'Unleash: see its documentation',
  ),
  file(
    'gateway state: flags and owners',
    'the last known flags and owners, for a start without Unleash or NATS',
    'one file each, as large as what is known now',
    'the gateway writes it anew',
  ),
  file(
    'secrets.json, ports.json, addresses.json, processes.json',
    'what a local system was started with',
    'one entry for each account, port or process',
    '`npm start` writes them anew',
  ),
];

function file(name: string, holds: string, limit: string, kept: string): Store {
  return { kind: 'file', name, holds, bound: { kind: 'size', limit }, kept };
}
