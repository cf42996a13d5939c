import { type Invoice, toInvoice } from './group-invoices.js';
import { judgeInvoice } from './judge-invoice.js';
import type { InvoiceLine, RejectedLine } from './judge-record.js';
import type { OrderFile } from './open-order-file.js';
import { readLines } from './read-lines.js';

/**
 * Reads the invoices of a file, each as soon as its last line has been read: only those that are still open are in memory.
 * @param lastLines line number of each invoice's last usable line, from `surveyFile`
 * @param onRejected called with each line that is not taken
 */
export async function* readInvoices(
  file: OrderFile,
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
    if (line < (lastLines.get(invoiceNo) ?? 0)) {
      open.set(invoiceNo, lines);
      continue;
    }
    open.delete(invoiceNo);
    const invoice = toInvoice(lines);
    const rejected = judgeInvoice(invoice);
    for (const one of rejected) await onRejected(one);
    if (rejected.length === 0) yield invoice;
  }
}
