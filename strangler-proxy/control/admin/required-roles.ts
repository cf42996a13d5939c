import { type Role, roles } from '#contracts/strangler/admin-tokens.js';
import { controlEndpoints } from '#contracts/strangler/control-plane.js';

export type AdminEndpoint = keyof typeof controlEndpoints;

/**
 * The least role that each endpoint of the admin API asks for. Operators do what can be undone; what can't, and who may do
 * what, is for admins.
 */
export const requiredRoles: Readonly<Record<AdminEndpoint, Role>> = {
  list: 'viewer',
  get: 'viewer',
  plan: 'viewer',
  completion: 'viewer',
  audit: 'viewer',
  auditCheck: 'viewer',
  gateways: 'viewer',
  whoami: 'viewer',
  share: 'operator',
  rollback: 'operator',
  pause: 'operator',
  resume: 'operator',
  // A gateway that is there after all is found again, and remembered.
  forgetGateway: 'operator',
  complete: 'admin',
  drop: 'admin',
  abandon: 'admin',
  tokens: 'admin',
  addToken: 'admin',
  revokeToken: 'admin',
};

/** Whether a role allows what another one is needed for. */
export function allows(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}

/** Paths that answer everybody, with nothing that is secret. */
export const openPaths: ReadonlySet<string> = new Set(['/health/live', '/health/ready', '/metrics']);
