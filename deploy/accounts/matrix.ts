import { otherSide } from '#contracts/strangler/move.js';
import { type BrokerUser, brokerUsers } from '../system/shop-accounts.js';
import { type Channel, describePart, type Part, sidecarOf } from './channel.js';

const words = {
  ask: { publish: 'asks', subscribe: 'answers' },
  announce: { publish: 'says', subscribe: 'hears' },
  register: { publish: 'finds', subscribe: 'is found' },
  use: { publish: 'may', subscribe: 'hears' },
} as const;

/** The matrix of accounts and acts as a Markdown table. A cell without a word is refused by the broker. */
export function matrixTable(table: readonly Channel[]): string {
  const acts = [...new Set(table.map(({ act }) => act))];
  const rows = acts.map((act) => {
    const channels = table.filter((channel) => channel.act === act);
    return [act, ...brokerUsers.map((account) => cell(channels, account))];
  });
  const heading = ['', ...brokerUsers];
  return [heading, heading.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function cell(channels: readonly Channel[], account: BrokerUser): string {
  const uses = (['publish', 'subscribe'] as const).flatMap((use) => {
    const allowed = channels.filter((channel) => channel[use].includes(account));
    if (allowed.length === 0) return [];
    return `${words[allowed[0]!.kind][use]}${scope(allowed, channels, account)}`;
  });
  return uses.join(', ');
}

/** Which of the channels of one act it is, in words; nothing where it is all of them. */
function scope(allowed: readonly Channel[], all: readonly Channel[], account: BrokerUser): string {
  if (allowed.length === all.length) return '';
  const parts = allowed.flatMap(({ part }) => part ?? []);
  const own = (part: Part) => sidecarOf(part) === account;
  const other = (part: Part) => own({ ...part, side: otherSide(part.side) });
  if (parts.every(own)) return ' own';
  if (parts.every(other)) return ' other side';
  if (parts.every((part) => own(part) || other(part))) return ' both sides';
  return ` ${parts.map(describePart).join(', ')}`;
}
