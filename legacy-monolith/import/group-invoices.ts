import type { InvoiceLine } from './judge-record.js';

/** All lines of one invoice or credit note that the shop can use. */
export interface Invoice {
  invoiceNo: string;
  kind: InvoiceLine['kind'];
  /** The file's customer, or `guest-<InvoiceNo>` where it names none. */
  customerId: string;
  guest: boolean;
  /** When its first line was entered. */
  at: Date;
  lines: InvoiceLine[];
}

/** Puts lines of one invoice together. @param lines at least one, in the order of the file */
export function toInvoice(lines: readonly InvoiceLine[]): Invoice {
  const [first] = lines;
  if (!first) throw new Error('an invoice has at least one line');
  const { invoiceNo, kind, customerId } = first;
  return {
    invoiceNo,
    kind,
    customerId: customerId ?? `guest-${invoiceNo}`,
    guest: customerId === undefined,
    at: new Date(Math.min(...lines.map(({ at }) => at.getTime()))),
    lines: [...lines],
  };
}
