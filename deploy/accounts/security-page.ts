import { channels } from './channels.js';
import { matrixTable } from './matrix.js';

const introduction = `# Security

Who may do what, what that defends against, and what it does not. \`npm run generate\` writes this page from the table in
\`deploy/accounts\`; a test tries each cell of the matrix against a real nats-server. Why it is so is told in
[0075](decisions/0075-nats-permissions-from-one-table.md).

## Threat model

Each process has an account of its own at NATS and at the database. We assume that one of these passwords, or one process that
holds it, is in the hands of an attacker, and that all others are not.

**Defended**: with the account of a service, such as \`inventory\`, nobody can

- release, veto, reopen or take back buckets, of its own capability or of any other, or announce an owner
- retire the monolith's part of a capability
- be found as another program, receive the requests of another program, or read the answers that another account gets
- ask for what the service does not ask for: only orders and the monolith have cards charged
- read or write the changes of rows or the leader's lease, write events, change, empty or delete a stream; only \`orders\` reads events
  and writes dead letters
- have another account publish for it, by a request that wants its answer somewhere else than in an inbox

With the account of a service's sidecar, the same holds for all other capabilities. Of its own, the account can do what the sidecar
does: write changes and events, announce the owners of that side, and answer for it; but release or retire nothing at the other side.

The protocol does not rely on permissions alone: a side reopens buckets only if the other side says that it has refused their
tokens; a side refuses only tokens that the other side can have sent, none beyond the next; what is said for another side or
capability than the subject's own is dropped; an event under the subject of another type is put aside. The gateway and the control
plane use registered addresses only if their host is listed in \`hosts\` of the configuration, where that is given.

**Not defended**

- The accounts \`control-plane\` and \`monolith-sidecar\` are trusted with everything: the first hands over any bucket, the second
  writes the changes of every capability, and may change streams, whose configuration can name any subject. \`operator\` is a
  person: it can have rows sent again, change, empty and delete streams, and replay dead letters.
- Events are one stream: the account of any sidecar can read single events of all capabilities.
- A sidecar writes the row changes that the other side applies. What it writes about its own capability is not checked.
- A sidecar's account may make the streams that it writes while they do not exist. The broker does not look at which subjects a
  new stream stores.
- An account that may use a stream (sidecars, \`orders\`, \`control-plane\`, \`operator\`) chooses where the broker sends its answers. The
  broker does not check that: such an account can write the broker's own words to any subject that is not one of the broker's, such as the leader's
  lease, which is then free until it is taken again. Two leaders are kept apart by the journal, not by the lease.
- An account may send as much as it likes on what it may use. NATS limits neither rate nor storage of one account here.
- \`monolith\` and \`orders\` place orders: with their accounts, cards are charged and stock is set aside.
- What a program says of its own stores (\`growth\`), or under its own name, is not checked.
- A broker of your own, by \`NATS_URL\`: the whole system uses the one account that you give. Give each process its own, with the
  permissions of \`deploy/compose/nats.conf\`. An account needs its own inboxes, \`_INBOX_<account>.>\`.
- Traffic between processes and servers is not encrypted: keep it on one machine or on a network of your own.
- nats-server 2.9.10, as Debian 12 has it, is for loopback only: known flaws were fixed in 2.10.27. The compose file uses a current one.

The accounts here are those of programs. People have [tokens](security-tokens.md) of the control plane, with [roles](admin-roles.md).

## When something is refused

The program's log has a line with \`where: "permissions at NATS"\` for each subject, once a minute at most, such as

    NATS does not let the account inventory publish to strangler.retirement.set.payments.monolith

and counts it in \`strangler_caught_errors_total\`. A program that does this was changed, or the table lacks something: add it in
\`deploy/accounts\`, run \`npm run generate\`, and restart the broker. Anything else is somebody who uses that account.

With the command line of NATS, use \`operator\`; with any other account, say \`--inbox-prefix _INBOX_<account>\`.

## Accounts and acts

What an account may do. An empty cell is refused. For acts that there is one of for each capability and side, \`own\` is what the
sidecar is beside, \`other side\` the same capability on the other side, and a cell without either all of them.
`;

/** The page on security, as Markdown. */
export function securityPage(): string {
  return `${introduction}\n${matrixTable(channels)}\n`;
}
