import { otherSide } from '#contracts/strangler/move.js';
import type { Difference, Unconfirmed } from '../../control/verify/verify-result.js';
import { type Cell, plainRow, rightCell, textTable } from '../output/text-table.js';
import type { Terminal } from '../output/terminal.js';

type Colours = Terminal['colours'];

/** Rows that are shown to a person; `--json` gives all. */
const mostShown = 50;

/** What a replica has wrong, a line for each column, with what each side has. */
export function differenceTable(differences: readonly Difference[], colours: Colours): string {
  const head = ['TABLE', 'KEY', 'BUCKET', 'OWNER', 'WRONG ON', 'WHAT', 'COLUMN', 'OWNER HAS', 'REPLICA HAS'];
  const shown = differences.slice(0, mostShown);
  const hidden = differences.length - shown.length;
  return [
    textTable([
      head.map((text, at) => ({ text, paint: colours.dim, align: at === 2 ? 'right' : 'left' })),
      ...shown.flatMap(linesOf),
    ]),
    ...(hidden > 0 ? [colours.dim(`${hidden} more: --json lists them all`)] : []),
  ].join('\n');
}

function linesOf(difference: Difference): Cell[][] {
  const { table, key, bucket, owner, kind, columns, problem } = difference;
  const row = [
    ...plainRow(table, keyText(key)),
    rightCell(bucket),
    ...plainRow(owner, otherSide(owner), whatText(difference)),
  ];
  const because = problem === null ? [] : [[...blank(5), { text: `! ${problem}` }]];
  if (kind !== 'values') return [row, ...because];
  const [first, ...others] = columns.map(({ column, owner: has, replica }) =>
    plainRow(column, has ?? 'NULL', replica ?? 'NULL'),
  );
  return [[...row, ...(first ?? [])], ...others.map((cells) => [...blank(6), ...cells]), ...because];
}

function blank(count: number): Cell[] {
  return Array.from({ length: count }, () => ({ text: '' }));
}

function whatText({ kind }: Difference): string {
  if (kind === 'values') return 'differs';
  return kind === 'not-mapped' ? "can't be mapped" : kind;
}

/** A primary key as people write it. */
function keyText(key: Difference['key']): string {
  return key
    .map((value) => (value !== null && typeof value === 'object' ? `0x${hex(value.base64)}` : String(value)))
    .join(', ');
}

function hex(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

/**
 * Keys that the replica lacks while it has another one that differs by case or by spaces only: as if somebody had
 * written the key in another way.
 */
export function keysInOtherForm(differences: readonly Difference[]): string[] {
  const form = ({ table, key }: Difference): string => `${table} ${keyText(key).trim().toLowerCase()}`;
  const superfluous = new Map(
    differences.filter(({ kind }) => kind === 'superfluous').map((one) => [form(one), one]),
  );
  return differences.flatMap((one) => {
    const other = one.kind === 'missing' ? superfluous.get(form(one)) : undefined;
    if (!other) return [];
    return [
      `${one.table}: the owner's "${keyText(one.key)}" and the replica's "${keyText(other.key)}" differ by case or spaces only`,
    ];
  });
}

/** Rows of which nobody could tell. */
export function unconfirmedText(unconfirmed: readonly Unconfirmed[]): string[] {
  const shown = unconfirmed.slice(0, mostShown);
  return [
    ...shown.map(({ table, key, bucket, why }) => `  ${table} ${keyText(key)} (bucket ${bucket}): ${why}`),
    ...(unconfirmed.length > shown.length ? [`  and ${unconfirmed.length - shown.length} more`] : []),
  ];
}
