import type { Terminal } from '../output/terminal.js';
import { type Cell, plainRow, textTable } from '../output/text-table.js';
import type { Answered, CapabilityShare, MonolithShare } from './monolith-share.js';

/** How much of the monolith is alive: a table by capability, and one line that sums it up. */
export function monolithText(share: MonolithShare, colours: Terminal['colours']): string {
  const head = plainRow('CAPABILITY', 'ENDPOINTS AT MONOLITH', 'BUCKETS', 'READS', 'WRITES', 'TABLES').map(
    (cell) => ({
      ...cell,
      paint: colours.dim,
    }),
  );
  return [textTable([head, ...share.capabilities.map(row)]), summaryLine(share)].join('\n');
}

function row({ capability, endpoints, buckets, reads, writes, tables, completion }: CapabilityShare): Cell[] {
  return plainRow(
    capability,
    `${endpoints.monolith} of ${endpoints.total}`,
    buckets ? `${buckets.monolith} monolith, ${buckets.service} service` : 'unknown',
    answeredText(reads),
    answeredText(writes),
    tables
      ? `${tables.alive} alive, ${tables.retired} retired${completion ? `, ${completion}` : ''}`
      : 'unknown',
  );
}

/** The monolith's part of what was answered. */
function answeredText({ monolith, service }: Answered): string {
  const all = monolith + service;
  return all === 0 ? '-' : `${percent((100 * monolith) / all)} of ${all}`;
}

/** `the monolith still answers 14 of 27 endpoints, owns 3 of 5 capabilities, 31 % of traffic` */
function summaryLine({ endpoints, owned, trafficPercent, seconds }: MonolithShare): string {
  const owns = owned.monolith === null ? 'owns an unknown number' : `owns ${owned.monolith}`;
  const traffic =
    trafficPercent === null
      ? 'no traffic to tell a share of'
      : `${percent(trafficPercent)} of the traffic of the last ${seconds} s`;
  return `the monolith still answers ${endpoints.monolith} of ${endpoints.total} endpoints, ${owns} of ${owned.total} capabilities, ${traffic}`;
}

function percent(value: number): string {
  return `${Math.round(value * 10) / 10} %`;
}
