import { controlEndpoints } from '#contracts/strangler/control-plane.js';
import { AppError } from '#platform/errors/app-error.js';
import type { ExpectedVersions } from '#platform/http/entity-tag.js';
import type { Answer, EndpointRequest, Route } from '#platform/http/route.js';
import { actorOf, type AdminCaller } from '../tokens/find-caller.js';
import { type AdminEndpoint, allows, requiredRoles } from './required-roles.js';
import { type Refused, strangerAt } from './sum-up-refusals.js';

/** A request of the admin API, and whose token it carries. */
export type AdminRequest<Name extends AdminEndpoint> = EndpointRequest<(typeof controlEndpoints)[Name]> & {
  caller: AdminCaller;
};

/** Binds an endpoint of the admin API: only callers with the role that it asks for reach it. */
export function adminRoute<Name extends AdminEndpoint>(
  name: Name,
  noteRefusal: (refused: Refused) => void,
  handle: (request: AdminRequest<Name>) => Promise<Answer>,
): Route {
  const endpoint = controlEndpoints[name];
  return {
    endpoint,
    enter(caller, path) {
      const refusal = refusalOf(name, caller as AdminCaller | undefined);
      if (!refusal) return;
      const who = caller ? actorOf(caller as AdminCaller) : strangerAt('no address');
      noteRefusal({ who, action: `${endpoint.method} ${path}`, reason: refusal.message });
      throw refusal;
    },
    answer: (request) => handle(request as AdminRequest<Name>),
  };
}

/** A route that nobody has been asked for a token on its way to is a mistake of ours, and shut. */
function refusalOf(name: AdminEndpoint, caller: AdminCaller | undefined): AppError | undefined {
  if (!caller) return new AppError('unauthenticated', 'A token is needed');
  const needed = requiredRoles[name];
  if (allows(caller.role, needed)) return undefined;
  return new AppError(
    'forbidden',
    `The token ${caller.name} has the role ${caller.role}, and this needs the role ${needed}: ask an admin for such a token ("npx strangler token add NAME --role ${needed}")`,
  );
}

/**
 * The version that a change was decided on.
 * @returns -1, which nothing ever has, where `If-Match` names no version of ours
 * @throws AppError `version_required` without `If-Match`, or with `*`, which would take any
 */
export function requireVersion(expected: ExpectedVersions): number {
  if (expected === undefined || expected.length > 1)
    throw new AppError(
      'version_required',
      'A change needs the one version that it was decided on: read it again, and send its ETag as If-Match: "VERSION"; * is not taken',
      { status: 428 },
    );
  return expected[0] ?? -1;
}

/** Who a change comes from, for the audit: from the token alone, with what the caller claims beside it. */
export function auditedCaller({
  caller,
  body,
}: {
  caller: AdminCaller;
  body: { reason: string; onBehalfOf?: string | undefined };
}): { who: string; onBehalfOf: string | null; reason: string } {
  return { who: actorOf(caller), onBehalfOf: body.onBehalfOf ?? null, reason: body.reason };
}
