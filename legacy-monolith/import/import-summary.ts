import { AppError } from '#platform/errors/app-error.js';
import type { RejectReason } from './judge-record.js';
import type { Written } from './write-shop.js';

/** What an import found and did. `lines = loaded + merged + rejected`, always. */
export interface ImportSummary {
  file: string;
  /** Lines of the file without its header. */
  lines: number;
  /** Lines that are an item of an order in the shop. */
  loaded: number;
  /** Lines that were added to the item of an earlier line: same invoice, product and price. */
  merged: number;
  rejected: number;
  rejectedByReason: Partial<Record<RejectReason, number>>;
  invoices: number;
  creditNotes: number;
  /** Invoices and credit notes that did not fit one order. */
  splitInvoices: number;
  products: Written;
  stockRows: Written;
  customers: Written;
  orders: Written;
  orderLines: Written;
  seconds: number;
  /** Where every rejected line is named, if a report was wanted. */
  report: string | null;
}

const none = (): Written => ({ added: 0, unchanged: 0 });

export function emptySummary(file: string, report: string | undefined): ImportSummary {
  return {
    file,
    lines: 0,
    loaded: 0,
    merged: 0,
    rejected: 0,
    rejectedByReason: {},
    invoices: 0,
    creditNotes: 0,
    splitInvoices: 0,
    products: none(),
    stockRows: none(),
    customers: none(),
    orders: none(),
    orderLines: none(),
    seconds: 0,
    report: report ?? null,
  };
}

export function addWritten(sum: Written, { added, unchanged }: Written): void {
  sum.added += added;
  sum.unchanged += unchanged;
}

/** Does the file have lines, and is none of them in the shop? Then the import has failed. */
export function isAllRejected({ lines, rejected }: ImportSummary): boolean {
  return lines > 0 && rejected === lines;
}

/** Nothing is dropped in silence. @throws AppError `import_incomplete` when a line is not accounted for */
export function checkThatLinesAddUp({ lines, loaded, merged, rejected }: ImportSummary): void {
  if (lines === loaded + merged + rejected) return;
  throw new AppError(
    'import_incomplete',
    `Of ${lines} lines, ${loaded} were loaded, ${merged} merged and ${rejected} rejected, which does not add up: ` +
      'was the file changed meanwhile? Import it again; what is in the shop already stays',
  );
}
