import type { ImportSummary } from '../../../legacy-monolith/import/run-import.js';
import { rightCell, textTable } from '../output/text-table.js';

/** What an import did, for a person. */
export function importText(summary: ImportSummary): string {
  const { file, lines, loaded, merged, rejected, seconds } = summary;
  return [
    `${file}: ${lines} lines in ${seconds.toFixed(1)} s`,
    `  ${loaded} loaded, ${merged} merged with another line of the same item, ${rejected} rejected`,
    '',
    writtenTable(summary),
    ...(rejected === 0 ? [] : ['', rejectedText(summary)]),
  ].join('\n');
}

function writtenTable({ products, stockRows, customers, orders, orderLines }: ImportSummary): string {
  const rows = Object.entries({
    products,
    'stock rows': stockRows,
    customers,
    orders,
    'order lines': orderLines,
  });
  return textTable([
    [{ text: '' }, rightCell('ADDED'), rightCell('WERE THERE')],
    ...rows.map(([name, { added, unchanged }]) => [{ text: name }, rightCell(added), rightCell(unchanged)]),
  ]);
}

function rejectedText({ rejectedByReason, report }: ImportSummary): string {
  const reasons = Object.entries(rejectedByReason).sort(([, one], [, other]) => other - one);
  const where =
    report === null ? '; --report FILE names each of them' : `, each named with its reason in ${report}`;
  return [
    `rejected${where}:`,
    textTable(reasons.map(([reason, count]) => [rightCell(count), { text: reason }])),
  ].join('\n');
}
