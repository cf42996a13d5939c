import { maxAmount } from '#contracts/http/fields.js';
import type { Invoice } from './group-invoices.js';
import type { RejectedLine } from './judge-record.js';
import { orderTotal, splitInvoice } from './split-invoice.js';

/**
 * Judges an invoice as a whole: its orders must be such as the HTTP API takes. An invoice is taken with all of its lines
 * or not at all, since orders for a part of it would look complete.
 * @returns its rejected lines; none if it is taken
 */
export function judgeInvoice(invoice: Invoice): RejectedLine[] {
  const tooLarge = splitInvoice(invoice).find((order) => orderTotal(order) > maxAmount);
  if (!tooLarge) return [];
  const detail = `order ${tooLarge.orderId} comes to ${orderTotal(tooLarge)} pence, at most ${maxAmount} fit one order`;
  return invoice.lines.map(({ line, raw }) => ({ line, raw, reason: 'amount_too_large', detail }));
}
