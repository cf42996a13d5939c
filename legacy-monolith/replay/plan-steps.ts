import { createHash } from 'node:crypto';
import type { Invoice } from '../import/group-invoices.js';
import { splitInvoice } from '../import/split-invoice.js';

/** One thing that a customer does: place an order, or cancel one. */
export interface ReplayStep {
  /** `536365`, `536365.2` or `C536379`: names the step in keys and messages. */
  name: string;
  customerId: string;
  /** When it happened in the file. */
  at: Date;
  action: { type: 'place'; order: OrderToPlace } | { type: 'cancel'; products: ReadonlySet<string> };
}

/** The body of `POST /orders`. */
export interface OrderToPlace {
  customerId: string;
  items: { productId: string; quantity: number }[];
  payment: { type: 'card'; token: string };
  contact: { email?: string };
}

/** One order in so many is paid with a card that the sandbox provider declines. */
const declinedShare = 50;

/** Turns an invoice into the orders that the import would make of it, and a credit note into one cancellation. */
export function planSteps(invoice: Invoice): ReplayStep[] {
  const { invoiceNo, kind, customerId, at, lines } = invoice;
  if (kind === 'credit') {
    const products = new Set(lines.map(({ productId }) => productId));
    return [{ name: invoiceNo, customerId, at, action: { type: 'cancel', products } }];
  }
  return splitInvoice(invoice).map(({ orderId, items }) => {
    const order = {
      customerId,
      items: items.map(({ productId, quantity }) => ({ productId, quantity })),
      payment: { type: 'card' as const, token: cardFor(orderId) },
      contact: contactOf(invoice),
    };
    return { name: orderId, customerId, at, action: { type: 'place', order } };
  });
}

/** The same order is always paid with the same card, so that every replay of a file has the same declined ones. */
export function cardFor(orderId: string): string {
  const hash = createHash('sha256').update(orderId).digest().readUInt32BE();
  return hash % declinedShare === 0 ? 'tok_chargeDeclined' : 'tok_visa';
}

/** Customers have an address in a domain that no mail ever leaves for (RFC 2606); guests leave none. */
function contactOf({ customerId, guest }: Invoice): OrderToPlace['contact'] {
  return guest ? {} : { email: `customer-${customerId.replaceAll(/[^A-Za-z0-9]/g, '-')}@customers.example` };
}
