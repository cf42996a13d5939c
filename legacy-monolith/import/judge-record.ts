import { idSchema, maxAmount } from '#contracts/http/fields.js';
import { quantitySchema } from '#contracts/shop/inventory.js';
import { classifyCode } from './classify-code.js';
import { parseInvoiceDate } from './parse-invoice-date.js';
import { parsePrice } from './parse-price.js';
import { columns, type FileRecord } from './read-records.js';

/** One line of an invoice or credit note that the shop can use. */
export interface InvoiceLine {
  line: number;
  raw: string;
  invoiceNo: string;
  /** Credit notes are the invoices whose number starts with C: goods that came back. */
  kind: 'sale' | 'credit';
  productId: string;
  /** Trimmed; may be empty. */
  description: string;
  /** Units sold or taken back, above 0 in both cases. */
  quantity: number;
  at: Date;
  /** Price of one unit in pence. */
  price: number;
  /** Missing where the till did not know the customer. */
  customerId: string | undefined;
  country: string;
}

/** Why a line is not taken: stable words for the summary and the report. */
export type RejectReason =
  | 'wrong_number_of_fields'
  | 'not_utf8'
  | 'invalid_invoice_number'
  | 'invalid_product_code'
  | 'not_goods'
  | 'invalid_date'
  | 'invalid_quantity'
  | 'stock_adjustment'
  | 'no_credit'
  | 'invalid_price'
  | 'no_price'
  | 'not_whole_pence'
  | 'amount_too_large'
  | 'invalid_customer'
  | 'customer_differs'
  | 'text_too_long'
  | 'order_differs';

/** A line that is not taken, and why, in words for a person. */
export interface RejectedLine {
  line: number;
  raw: string;
  reason: RejectReason;
  detail: string;
}

export type JudgedRecord = { accepted: InvoiceLine } | { rejected: RejectedLine };

type Fields = Record<(typeof columns)[number], string>;
type Verdict = [reason: RejectReason, detail: string] | undefined;

/** The rules for one line on its own, in the order in which they are asked: the first that objects gives the reason. */
const rules: readonly ((fields: Fields) => Verdict)[] = [
  isUtf8,
  hasInvoiceNumber,
  isGoods,
  hasDate,
  hasQuantity,
  hasPrice,
  hasCustomer,
  hasTextsThatFit,
];

/** Decides on one record by itself: either it is a line of an invoice, or the reason why not is known. */
export function judgeRecord({ line, raw, fields: values }: FileRecord): JudgedRecord {
  if (values.length !== columns.length) {
    const detail = `${values.length} fields, ${columns.length} expected`;
    return { rejected: { line, raw, reason: 'wrong_number_of_fields', detail } };
  }
  const fields = Object.fromEntries(columns.map((name, index) => [name, values[index]?.trim()])) as Fields;
  for (const rule of rules) {
    const verdict = rule(fields);
    if (verdict) return { rejected: { line, raw, reason: verdict[0], detail: verdict[1] } };
  }
  return { accepted: { line, raw, ...toLine(fields) } };
}

function toLine(fields: Fields): Omit<InvoiceLine, 'line' | 'raw'> {
  const price = parsePrice(fields.UnitPrice);
  return {
    invoiceNo: fields.InvoiceNo,
    kind: kindOf(fields),
    productId: fields.StockCode,
    description: fields.Description,
    quantity: Math.abs(Number(fields.Quantity)),
    at: parseInvoiceDate(fields.InvoiceDate) as Date,
    price: 'pence' in price ? price.pence : 0,
    customerId: fields.CustomerID || undefined,
    country: fields.Country,
  };
}

function kindOf({ InvoiceNo }: Fields): InvoiceLine['kind'] {
  return InvoiceNo.startsWith('C') ? 'credit' : 'sale';
}

/** What a decoder puts where bytes are no UTF-8. */
function isUtf8(fields: Fields): Verdict {
  const broken = columns.find((name) => fields[name].includes('\ufffd'));
  return broken && ['not_utf8', `${broken} holds bytes that are not UTF-8: convert the file first`];
}

/** Ids made of it get a suffix or a prefix, and have to fit into 64 characters all the same. */
function hasInvoiceNumber({ InvoiceNo }: Fields): Verdict {
  if (/^[A-Za-z0-9_-]{1,50}$/.test(InvoiceNo)) return undefined;
  return ['invalid_invoice_number', `"${InvoiceNo}" is not 1 to 50 letters, digits, - or _`];
}

function isGoods({ StockCode }: Fields): Verdict {
  const verdict = classifyCode(StockCode);
  if (verdict.kind === 'invalid')
    return ['invalid_product_code', `"${StockCode}" can't be the id of a product`];
  return verdict.kind === 'not_goods' ? ['not_goods', `${StockCode} is ${verdict.what}`] : undefined;
}

function hasDate({ InvoiceDate }: Fields): Verdict {
  if (parseInvoiceDate(InvoiceDate)) return undefined;
  return ['invalid_date', `"${InvoiceDate}" is no date of the form dd/mm/yyyy hh:mm`];
}

function hasQuantity(fields: Fields): Verdict {
  const { Quantity } = fields;
  const quantity = Number(Quantity);
  if (
    !/^-?\d{1,9}$/.test(Quantity) ||
    (quantity !== 0 && !quantitySchema.safeParse(Math.abs(quantity)).success)
  ) {
    return ['invalid_quantity', `"${Quantity}" is no whole number that the shop can count`];
  }
  if (kindOf(fields) === 'sale' && quantity <= 0) {
    return [
      'stock_adjustment',
      `quantity ${quantity} on an invoice that is no credit note: a stock adjustment`,
    ];
  }
  if (kindOf(fields) === 'credit' && quantity >= 0) {
    return ['no_credit', `quantity ${quantity} on a credit note, where units that came back are negative`];
  }
  return undefined;
}

function hasPrice({ UnitPrice, Quantity }: Fields): Verdict {
  const price = parsePrice(UnitPrice);
  if ('pence' in price) {
    if (price.pence * Math.abs(Number(Quantity)) <= maxAmount) return undefined;
    return ['amount_too_large', `${Quantity} × ${UnitPrice} is more than the shop can count`];
  }
  if (price.problem === 'not_positive')
    return ['no_price', `price ${UnitPrice}: goods are sold for something`];
  if (price.problem === 'not_whole_pence')
    return ['not_whole_pence', `price ${UnitPrice} is not in whole pence`];
  return ['invalid_price', `"${UnitPrice}" is no price such as 2.55`];
}

function hasCustomer({ CustomerID }: Fields): Verdict {
  if (CustomerID === '' || idSchema.safeParse(CustomerID).success) return undefined;
  return ['invalid_customer', `"${CustomerID}" can't be the id of a customer`];
}

function hasTextsThatFit({ Description, Country }: Fields): Verdict {
  const tooLong = [Description, Country].find((text) => text.length > 255);
  return tooLong === undefined
    ? undefined
    : ['text_too_long', `${tooLong.length} characters, at most 255 fit`];
}
