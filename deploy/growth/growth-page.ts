import type { AgeLimit, Bound, Store } from '#contracts/strangler/store.js';
import { everyStore, type StoreGroup } from './every-store.js';
import { memoryStores } from './memory-stores.js';

const introduction = `# What grows, and what keeps it from growing for ever

Everything that the system keeps is in this list, with its bound and with who keeps it. The page is made of the lists in
\`migrations/schema/\` and \`deploy/growth/\`: \`npm run generate\` writes it, and a test compares both with real servers. Why it is
so is told in [0072](decisions/0072-everything-that-is-kept-has-a-bound.md).

## See it

Each program measures its own stores once a minute. \`npx strangler status\` shows each alarm as a line with what to do; the program's
log has it, too. For Prometheus, on the \`/metrics\` of the program that the list names:

- \`strangler_store_alarm{store, bound}\`: 1 where somebody has to look. One rule does for all: \`max by (store, bound) (strangler_store_alarm) > 0\`
- \`strangler_store_used_ratio{store, bound}\`: part of the bound that is used; 1 is all of it. Bounds are \`age\`, \`bytes\` and \`rows\`
- \`strangler_store_bytes{store}\`: size of a table, as the database estimates it, or of a log
- \`strangler_events_missed_total{consumer}\`: events that the stream has dropped before a consumer had seen them

When an alarm begins:

- rows that are **removed after** some days are 20 % older than that: what removes them does not run, or can't keep up
- rows that are **finished within** some days, most of them within seconds, are at 80 % of that: one of them waits for a person
- a table with **at most** so many rows is at 80 % of them
- dead letters are at 80 % of their room, or the oldest at 80 % of its time
- \`events unseen by\` a consumer are at 80 % of the stream's room or time: the stream drops them soon, seen or not
- a log **has no limit**, as one that an older version has made and that holds more than the limit would allow

Limits of a log that is there already are not changed, only added where they are missing. To let events take more room, have your
broker's tools change the stream \`strangler-events\`; all of the above is measured against what the stream has.

Records of the business grow with it: sizes are measured, and no alarm is given. The database server's room is to be watched as
always.
`;

/** The page for operators, as Markdown. */
export function growthPage(): string {
  const groups = everyStore.map(groupText).join('\n');
  return `${introduction}\n${groups}\n${memoryText()}`;
}

function groupText({ title, measuredBy, stores }: StoreGroup): string {
  const who = measuredBy === undefined ? 'Not measured.' : `Measured by: ${measuredBy}.`;
  const rows = stores.map(
    (store) => `| ${nameOf(store)} | ${store.holds} | ${boundText(store.bound)} | ${store.kept} |`,
  );
  return `## ${title}\n\n${who}\n\n| what | holds | bound | who keeps it |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
}

function nameOf({ kind, name, only }: Store): string {
  const shown = kind === 'file' ? name.replaceAll('*', '\\*') : `\`${name}\``;
  return only === undefined ? shown : `${shown}, ${only}`;
}

/** A bound as a person reads it. */
function boundText(bound: Bound): string {
  switch (bound.kind) {
    case 'rows':
      return `one row for each ${bound.per}: at most ${bound.rows.toLocaleString('en')}`;
    case 'age':
      return bound.limits.map(ageText).join('; ');
    case 'log':
      return `${daysText(bound.maxAge)}, ${mebibytes(bound.maxBytes)}; when full, ${bound.full === 'refused' ? 'more is refused' : 'the oldest go'}`;
    case 'business':
      return 'grows with the business';
    case 'size':
      return bound.limit;
  }
}

function ageText({ of, days, end }: AgeLimit): string {
  const which = of === undefined ? '' : `${of}: `;
  return `${which}${end === 'removed' ? 'removed after' : 'finished within'} ${daysText(days * 86_400_000)}`;
}

function daysText(milliseconds: number): string {
  const hours = milliseconds / 3_600_000;
  if (hours < 1) return `${Math.round(hours * 60)} min`;
  if (hours < 24) return `${hours} h`;
  return hours === 24 ? '1 day' : `${(hours / 24).toLocaleString('en')} days`;
}

function mebibytes(bytes: number): string {
  return `${bytes / 1024 ** 2} MiB`;
}

function memoryText(): string {
  const lines = Object.entries(memoryStores).map(([bound, all]) => `- ${all.length} of them: ${bound}`);
  return `## Memory

Maps, sets and lists that live longer than the function that makes them are listed by name in
\`deploy/growth/memory-stores.ts\`, by what keeps them from growing. \`process_resident_memory_bytes\` of each program tells of all of
them together.

${lines.join('\n')}
`;
}
