import type { Sequelize } from 'sequelize';
import { entityTag, type ExpectedVersions } from '#platform/http/entity-tag.js';
import type { Answer, Route } from '#platform/http/route.js';
import type { Leader } from '../fence/fence.js';
import { addToken, listTokens, revokeToken, type TokenChange } from '../tokens/change-tokens.js';
import type { AdminCaller } from '../tokens/find-caller.js';
import { adminRoute, auditedCaller, requireVersion } from './admin-route.js';
import { notingRefusals } from './noting-refusals.js';
import type { Refused } from './sum-up-refusals.js';

export interface TokenRouteDeps {
  database: Sequelize;
  /** @throws AppError `not_leader` */
  requireLeader(): Promise<Leader>;
  noteRefusal(refused: Refused): void;
  /** Whether the control plane was configured with a token. */
  hasConfigured: boolean;
}

interface TokenRequest {
  caller: AdminCaller;
  body: { reason: string; onBehalfOf?: string | undefined };
  expectedVersions: ExpectedVersions;
}

/** Lists tokens, and lets admins add and revoke them; each change by the leader, audited, refused ones too. */
export function tokenRoutes({
  database,
  requireLeader,
  noteRefusal,
  hasConfigured,
}: TokenRouteDeps): Route[] {
  const change = async <List extends { version: number }>(
    action: string,
    request: TokenRequest,
    run: (leader: Leader, change: TokenChange) => Promise<List>,
    status = 200,
  ): Promise<Answer> => {
    const caller = auditedCaller(request);
    return notingRefusals(noteRefusal, { who: caller.who, action, wanted: caller.reason }, async () => {
      const expectedVersion = requireVersion(request.expectedVersions);
      const list = await run(await requireLeader(), { ...caller, expectedVersion });
      return { status, body: list, headers: headersOf(list) };
    });
  };
  return [
    adminRoute('whoami', noteRefusal, async ({ caller }) => ({ status: 200, body: identityOf(caller) })),
    adminRoute('tokens', noteRefusal, async () => {
      const list = await listTokens(database, hasConfigured);
      return { status: 200, body: list, headers: headersOf(list) };
    }),
    adminRoute('addToken', noteRefusal, (request) => {
      const { name, role } = request.body;
      return change(
        `add token ${name}`,
        request,
        (leader, why) => addToken(leader, { name, role }, why, hasConfigured),
        201,
      );
    }),
    adminRoute('revokeToken', noteRefusal, (request) => {
      const { name } = request.params;
      return change(`revoke token ${name}`, request, (leader, why) =>
        revokeToken(leader, name, why, hasConfigured),
      );
    }),
  ];
}

/** An answer may hold a token: nobody on the way keeps it. */
function headersOf({ version }: { version: number }): Record<string, string> {
  return { etag: entityTag(version), 'cache-control': 'no-store' };
}

function identityOf({ name, role }: AdminCaller): AdminCaller {
  return { name, role };
}
