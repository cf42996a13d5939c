import { permissionsInConfig } from '#platform/embedded/nats-server.js';
import { type BrokerUser, brokerUsers } from '../system/shop-accounts.js';
import { permissionsOf } from './permissions-of.js';

/** The broker's configuration for docker compose, as text; passwords come from its environment. */
export function composeNatsConf(): string {
  return `# Written by "npm run generate" from deploy/accounts; read by nats-server in docker-compose.yml, which gives it the passwords.
server_name: strangler
http: 8222
max_payload: 8MB

jetstream: enabled

authorization {
  users: [
${brokerUsers.map(userText).join('\n')}
  ]
}
`;
}

function userText(user: BrokerUser): string {
  const permissions = JSON.stringify(permissionsInConfig(user, permissionsOf(user)), null, 2);
  const variable = `$NATS_PASSWORD_${user.replaceAll('-', '_').toUpperCase()}`;
  const lines = [
    '{',
    `  user: ${user}, password: ${variable}`,
    // NATS reads JSON as its own syntax.
    `  permissions: ${permissions.replaceAll('\n', '\n  ')}`,
    '}',
  ];
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => `    ${line}`)
    .join('\n');
}
