import { maxAmount } from '#contracts/http/fields.js';
import { maxAvailable } from '#contracts/shop/inventory.js';
import type { InvoiceLine } from './judge-record.js';
import type { OrderFile } from './open-order-file.js';
import { readInvoices } from './read-invoices.js';
import { readLines } from './read-lines.js';

/** What a whole file says, which no single line can tell. */
export interface Survey {
  lines: number;
  /** Line number of each invoice's last usable line. */
  lastLines: Map<string, number>;
  products: SurveyedProduct[];
  customers: SurveyedCustomer[];
}

export interface SurveyedProduct {
  productId: string;
  name: string;
  /** In pence. */
  price: number;
  pricedAt: Date;
  /** Units that the shop has when it opens. */
  available: number;
  firstAt: Date;
  lastAt: Date;
}

export interface SurveyedCustomer {
  customerId: string;
  /** The latest that was given, if any was. */
  country: string | undefined;
  firstAt: Date;
}

/**
 * Reads a whole file and keeps what products, customers and the ends of invoices need: memory grows with these, not with
 * lines. Only a file with an invoice that is too large for one order is read again, to judge it and to leave it out.
 */
export async function surveyFile(
  file: OrderFile,
  onLine: (lines: number) => void = () => undefined,
): Promise<Survey> {
  const { amounts, survey } = await tallyLines(file, () => true, onLine);
  if ([...amounts.values()].every((amount) => amount <= maxAmount)) return survey;
  const taken = new Set<string>();
  for await (const { invoiceNo } of readInvoices(file, survey.lastLines, () => undefined))
    taken.add(invoiceNo);
  const again = await tallyLines(
    file,
    (invoiceNo) => taken.has(invoiceNo),
    () => undefined,
  );
  const { products, customers } = again.survey;
  return { ...survey, products, customers };
}

/** @param isTaken whether lines of that invoice count */
async function tallyLines(
  file: OrderFile,
  isTaken: (invoiceNo: string) => boolean,
  onLine: (lines: number) => void,
): Promise<{ survey: Survey; amounts: Map<string, number> }> {
  const products = new Map<string, ProductTally>();
  const customers = new Map<string, SurveyedCustomer>();
  const lastLines = new Map<string, number>();
  const amounts = new Map<string, number>();
  let lines = 0;
  for await (const judged of readLines(file)) {
    onLine((lines += 1));
    if (!('accepted' in judged) || !isTaken(judged.accepted.invoiceNo)) continue;
    const line = judged.accepted;
    lastLines.set(line.invoiceNo, line.line);
    amounts.set(line.invoiceNo, (amounts.get(line.invoiceNo) ?? 0) + line.quantity * line.price);
    products.set(line.productId, addToProduct(products.get(line.productId), line));
    if (line.customerId) customers.set(line.customerId, addToCustomer(customers.get(line.customerId), line));
  }
  const survey = {
    lines,
    lastLines,
    products: [...products.values()].map(toProduct),
    customers: [...customers.values()],
  };
  return { survey, amounts };
}

/** What the lines of one product add up to so far. */
interface ProductTally {
  productId: string;
  /** How often each description was given, in the order of their first use. */
  names: Map<string, number>;
  sale: Price | undefined;
  credit: Price | undefined;
  sold: number;
  returned: number;
  firstAt: Date;
  lastAt: Date;
}

interface Price {
  amount: number;
  at: Date;
}

function addToProduct(tally: ProductTally | undefined, line: InvoiceLine): ProductTally {
  const { productId, kind, description, quantity, price: amount, at } = line;
  const so: ProductTally = tally ?? {
    productId,
    names: new Map(),
    sale: undefined,
    credit: undefined,
    sold: 0,
    returned: 0,
    firstAt: at,
    lastAt: at,
  };
  if (description !== '') so.names.set(description, (so.names.get(description) ?? 0) + 1);
  if (!(so[kind] && so[kind].at > at)) so[kind] = { amount, at };
  if (kind === 'sale') so.sold += quantity;
  else so.returned += quantity;
  if (at < so.firstAt) so.firstAt = at;
  if (at > so.lastAt) so.lastAt = at;
  return so;
}

/**
 * Name: the most frequent description, among equals the one that was used first. Price: that of the latest sale; a
 * credit note repeats an old price, and counts only for what was never sold. Opening stock: units sold minus units
 * returned, so that replaying the file takes the shelf to about nothing, as trading does.
 */
function toProduct({
  productId,
  names,
  sale,
  credit,
  sold,
  returned,
  firstAt,
  lastAt,
}: ProductTally): SurveyedProduct {
  const [mostFrequent] = [...names].sort(([, one], [, other]) => other - one);
  const price = sale ?? credit;
  return {
    productId,
    name: mostFrequent?.[0] ?? productId,
    price: price?.amount ?? 0,
    pricedAt: price?.at ?? firstAt,
    available: Math.min(Math.max(sold - returned, 0), maxAvailable),
    firstAt,
    lastAt,
  };
}

function addToCustomer(known: SurveyedCustomer | undefined, line: InvoiceLine): SurveyedCustomer {
  const { customerId = '', country, at } = line;
  const firstAt = known && known.firstAt < at ? known.firstAt : at;
  return { customerId, country: country || known?.country, firstAt };
}
