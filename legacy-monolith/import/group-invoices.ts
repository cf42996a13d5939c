import type { InvoiceLine, RejectedLine } from './judge-record.js';
import { readLines } from './read-lines.js';

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

/**
 * Reads the invoices of a file, each as soon as its last line has been read: only those that are still open are in memory.
 * @param lastLines line number of each invoice's last usable line, from `surveyFile`
 * @param onRejected is told of every line that is not taken
 */
export async function* readInvoices(
  file: string,
  lastLines: ReadonlyMap<string, number>,
  onRejected: (line: RejectedLine) => Promise<void> | void,
): AsyncGenerator<Invoice> {
  const open = new Map<string, InvoiceLine[]>();
  for await (const judged of readLines(file)) {
    if ('rejected' in judged) {
      await onRejected(judged.rejected);
      continue;
    }
    const { invoiceNo, line } = judged.accepted;
    const lines = open.get(invoiceNo) ?? [];
    lines.push(judged.accepted);
    if (line < (lastLines.get(invoiceNo) ?? 0)) open.set(invoiceNo, lines);
    else {
      open.delete(invoiceNo);
      yield toInvoice(lines);
    }
  }
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
