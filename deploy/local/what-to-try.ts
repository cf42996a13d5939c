import { relative } from 'node:path';
import { type ServiceName, serviceNames } from '../system/service-names.js';

/** Commands for somebody who sees the system for the first time, in an order that tells the story. */
const commands: readonly [command: string, what: string][] = [
  ['status', 'every endpoint: who answers it, how fast'],
  ['flip inventory.get 10 --reason "first look"', 'send a tenth of these reads to the service'],
  ['flip inventory.get 0 --reason "enough seen"', 'and back'],
  [
    'handover inventory --percent 10 --reason "first look"',
    'let the service own a tenth of the stock, writes included',
  ],
  ['rollback inventory --reason "enough seen"', 'and back, with every write'],
  ['handover orders --percent 50 --reason "first look"', 'orders, payments and notifications alike'],
  ['rollback orders --reason "enough seen"', 'and back'],
  ['ps', 'the processes; kill one and look again'],
];

/**
 * What to try next, as text for the console.
 * @param dataDir named in the commands unless it is the usual one @param services those that run
 */
export function whatToTry(dataDir: string, services: readonly ServiceName[]): string {
  const missing = serviceNames.filter((name) => !services.includes(name));
  const folder = relative(process.cwd(), dataDir);
  const where = folder === '.data' ? '' : ` --data-dir ${folder.startsWith('..') ? dataDir : folder}`;
  const lines = commands
    .filter(([command]) => !missing.some((name) => command.includes(name)))
    .map(([command, what]) => [`npx strangler ${command}${where}`, what] as const);
  const width = Math.max(...lines.map(([command]) => command.length));
  return lines.map(([command, what]) => `  ${command.padEnd(width)}  # ${what}`).join('\n');
}
