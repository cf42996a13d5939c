import type { GatewayList } from '#contracts/strangler/known-gateways.js';
import { entityTag } from '#platform/http/entity-tag.js';
import type { Answer, Route } from '#platform/http/route.js';
import type { KnownGateways } from '../gateways/known-gateways.js';
import type { Leader } from '../fence/fence.js';
import { adminRoute, auditedCaller, requireVersion } from './admin-route.js';
import { forgetGateway } from './forget-gateway.js';
import { notingRefusals } from './noting-refusals.js';
import type { Refused } from './sum-up-refusals.js';

export interface GatewayRouteDeps {
  gateways: KnownGateways;
  /** @throws AppError `not_leader` */
  requireLeader(): Promise<Leader>;
  noteRefusal(refused: Refused): void;
}

/** Lists the known gateways, and lets operators forget those that are gone for good: by the leader, audited, refused ones too. */
export function gatewayRoutes({ gateways, requireLeader, noteRefusal }: GatewayRouteDeps): Route[] {
  return [
    adminRoute('gateways', noteRefusal, async () => answerOf(await gateways.list())),
    adminRoute('forgetGateway', noteRefusal, (request) => {
      const { adminUrl } = request.body;
      const caller = auditedCaller(request);
      const asked = { who: caller.who, action: 'forget gateway', wanted: caller.reason };
      return notingRefusals(noteRefusal, asked, async () => {
        const expectedVersion = requireVersion(request.expectedVersions);
        const forgetting = { ...caller, adminUrl, expectedVersion };
        return answerOf(await forgetGateway(await requireLeader(), gateways, forgetting));
      });
    }),
  ];
}

function answerOf(list: GatewayList): Answer {
  return { status: 200, body: list, headers: { etag: entityTag(list.version) } };
}
