import type { KnownGateway } from '#contracts/strangler/known-gateways.js';
import { plainRow, textTable } from '../output/text-table.js';

/** Known gateways as a table. */
export function gatewayTable(gateways: readonly (KnownGateway & { problem: string | null })[]): string {
  if (gateways.length === 0) return 'no gateway is known';
  return textTable([
    plainRow('address', 'answers', 'first seen', 'last seen', 'id'),
    ...gateways.map(({ adminUrl, problem, firstSeenAt, lastSeenAt, gateway }) =>
      plainRow(adminUrl, problem === null ? 'yes' : `no: ${problem}`, firstSeenAt, lastSeenAt, gateway),
    ),
  ]);
}
