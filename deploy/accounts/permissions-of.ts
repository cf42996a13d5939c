import { inboxPrefix } from '#contracts/strangler/inbox-prefix.js';
import type { NatsPermissions } from '#platform/embedded/nats-server.js';
import type { BrokerUser } from '../system/shop-accounts.js';
import type { Channel } from './channel.js';
import { channels } from './channels.js';

/** What the broker lets an account do: what the table says, and to receive answers in inboxes of its own. */
export function permissionsOf(account: BrokerUser, table: readonly Channel[] = channels): NatsPermissions {
  const subjects = (use: 'publish' | 'subscribe') =>
    table.filter((channel) => channel[use].includes(account)).flatMap((channel) => channel.subjects);
  const answers = table.some(
    ({ kind, subscribe }) => (kind === 'ask' || kind === 'register') && subscribe.includes(account),
  );
  return {
    publish: unique(subjects('publish')),
    // The command line of NATS uses inboxes without a name, unless it is told otherwise.
    subscribe: unique([...subjects('subscribe'), ...inboxesOf(account)]),
    answers,
  };
}

function inboxesOf(account: BrokerUser): string[] {
  const own = `${inboxPrefix(account)}.>`;
  return account === 'operator' ? [own, '_INBOX.>'] : [own];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}
