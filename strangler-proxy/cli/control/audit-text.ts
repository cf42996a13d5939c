import type { AuditEntry } from '#contracts/strangler/control-plane.js';
import { plainRow, rightCell, textTable } from '../output/text-table.js';

/** Entries of the audit as a table. */
export function auditTable(entries: readonly AuditEntry[]): string {
  const heading = [
    rightCell('number'),
    ...plainRow('at', 'who', 'for (claimed)', 'action', 'capability', 'outcome', 'reason'),
  ];
  return textTable([
    heading,
    ...entries.map(({ id, at, who, onBehalfOf, action, capability, outcome, reason }) => [
      rightCell(id),
      ...plainRow(at, who, onBehalfOf ?? '-', action, capability ?? '-', outcome, reason ?? '-'),
    ]),
  ]);
}
