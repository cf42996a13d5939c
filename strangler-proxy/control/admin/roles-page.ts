import { roles } from '#contracts/strangler/admin-tokens.js';
import { controlEndpoints } from '#contracts/strangler/control-plane.js';
import { type AdminEndpoint, allows, openPaths, requiredRoles } from './required-roles.js';

const introduction = `# The admin API: which role may do what

Every request to the control plane carries a token, as \`Authorization: Bearer TOKEN\`. A token has a name and a role; the audit
names both for everything that it did. The page is made of the table in \`strangler-proxy/control/admin/required-roles.ts\`:
\`npm run generate\` writes it. [Tokens](security-tokens.md) tells how they are made and revoked.
`;

/** The page of roles, as Markdown. */
export function rolesPage(): string {
  const rows = (Object.keys(requiredRoles) as AdminEndpoint[]).map((name) => {
    const { method, path, summary } = controlEndpoints[name];
    const cells = roles.map((role) => (allows(role, requiredRoles[name]) ? 'yes' : 'no'));
    return `| \`${method} ${path}\` | ${summary} | ${cells.join(' | ')} |`;
  });
  const open = [...openPaths].map((path) => `\`${path}\``).join(', ');
  return [
    introduction,
    `| endpoint | what it does | ${roles.join(' | ')} |`,
    `| --- | --- | ${roles.map(() => '---').join(' | ')} |`,
    ...rows,
    `\nEverybody who reaches the address may read ${open}: they hold no secret.\n`,
  ].join('\n');
}
