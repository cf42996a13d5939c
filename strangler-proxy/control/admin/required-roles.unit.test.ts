import { expect, it } from '@jest/globals';
import { controlEndpoints } from '#contracts/strangler/control-plane.js';
import { type AdminEndpoint, openPaths, requiredRoles } from './required-roles.js';

/**
 * Written down once more, apart from the table: whoever opens an act to more people than before has to do so twice. Looking
 * is for viewers; what can be taken back, for operators; what can't be, and who may do what, for admins alone.
 */
const wanted = {
  viewer: [
    'GET /audit',
    'GET /audit/check',
    'GET /capabilities',
    'GET /capabilities/{capability}',
    'GET /capabilities/{capability}/completion',
    'GET /capabilities/{capability}/plan',
    'GET /gateways',
    'GET /whoami',
  ],
  operator: [
    'POST /capabilities/{capability}/pause',
    'POST /capabilities/{capability}/resume',
    'POST /capabilities/{capability}/rollback',
    'POST /capabilities/{capability}/share',
    'POST /gateways/forget',
  ],
  admin: [
    'GET /tokens',
    'POST /capabilities/{capability}/abandon',
    'POST /capabilities/{capability}/complete',
    'POST /capabilities/{capability}/drop',
    'POST /tokens',
    'POST /tokens/{name}/revoke',
  ],
};

it.each(['viewer', 'operator', 'admin'] as const)('the least role is %s for what is meant for it', (role) => {
  const names = Object.keys(controlEndpoints) as AdminEndpoint[];
  const acts = names
    .filter((name) => requiredRoles[name] === role)
    .map((name) => `${controlEndpoints[name].method} ${controlEndpoints[name].path}`);
  expect(acts.sort()).toEqual(wanted[role]);
});

it('nobody needs a token for health and figures, and for nothing else', () => {
  expect([...openPaths].sort()).toEqual(['/health/live', '/health/ready', '/metrics']);
});
