import { quantitySchema } from '#contracts/shop/inventory.js';
import { maxOrderItems } from '#contracts/shop/orders.js';
import type { Invoice } from './group-invoices.js';
import type { InvoiceLine } from './judge-record.js';

/** One product of an order; several lines of the file may have been merged into it. */
interface OrderedItem {
  productId: string;
  quantity: number;
  /** Of one unit, in pence. */
  price: number;
  lines: InvoiceLine[];
}

/** An invoice, or a part of it that fits one order. */
export interface InvoiceOrder {
  /** `536365`, and `536365.2`, `536365.3`, ... for further parts. */
  orderId: string;
  invoice: Invoice;
  items: OrderedItem[];
}

/**
 * Turns an invoice into orders. Lines of the same product at the same price are merged; then each item goes into the
 * first order that has room for it and does not hold its product yet.
 */
export function splitInvoice(invoice: Invoice): InvoiceOrder[] {
  const orders: { items: OrderedItem[]; products: Set<string> }[] = [];
  for (const item of mergeLines(invoice.lines)) {
    let order = orders.find(
      ({ items, products }) => items.length < maxOrderItems && !products.has(item.productId),
    );
    if (!order) orders.push((order = { items: [], products: new Set() }));
    order.items.push(item);
    order.products.add(item.productId);
  }
  return orders.map(({ items }, index) => ({ orderId: partId(invoice.invoiceNo, index), invoice, items }));
}

function partId(invoiceNo: string, index: number): string {
  return index === 0 ? invoiceNo : `${invoiceNo}.${index + 1}`;
}

function mergeLines(lines: readonly InvoiceLine[]): OrderedItem[] {
  const items: OrderedItem[] = [];
  const open = new Map<string, OrderedItem>();
  for (const line of lines) {
    const key = `${line.productId}@${line.price}`;
    const item = open.get(key);
    if (item && quantitySchema.safeParse(item.quantity + line.quantity).success) {
      item.quantity += line.quantity;
      item.lines.push(line);
    } else {
      const fresh = { productId: line.productId, quantity: line.quantity, price: line.price, lines: [line] };
      items.push(fresh);
      open.set(key, fresh);
    }
  }
  return items;
}

/** What an order comes to, in pence. */
export function orderTotal({ items }: Pick<InvoiceOrder, 'items'>): number {
  return items.reduce((sum, { quantity, price }) => sum + quantity * price, 0);
}
