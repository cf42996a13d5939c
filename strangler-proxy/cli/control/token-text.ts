import type { TokenView } from '#contracts/strangler/admin-tokens.js';
import { plainRow, textTable } from '../output/text-table.js';

/** Tokens as a table. */
export function tokenTable(tokens: readonly TokenView[]): string {
  const heading = plainRow('name', 'role', 'added by', 'at');
  return textTable([
    heading,
    ...tokens.map(({ name, role, addedBy, addedAt }) =>
      plainRow(name, role, addedBy ?? 'CONTROL_TOKEN of the control plane', addedAt ?? '-'),
    ),
  ]);
}
