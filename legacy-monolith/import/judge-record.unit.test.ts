import { describe, expect, it } from '@jest/globals';
import { judgeRecord } from './judge-record.js';

const usual = {
  InvoiceNo: '536365',
  StockCode: '85123A',
  Description: ' WHITE LANTERN ',
  Quantity: '6',
  InvoiceDate: '01/12/2010 08:26',
  UnitPrice: '2.55',
  CustomerID: '17850',
  Country: 'United Kingdom',
};

function judge(change: Partial<typeof usual>) {
  return judgeRecord({ line: 7, raw: 'as it stood', fields: Object.values({ ...usual, ...change }) });
}

describe('a line of an order file', () => {
  it('is taken when nothing objects', () => {
    expect(judge({})).toEqual({
      accepted: {
        line: 7,
        raw: 'as it stood',
        invoiceNo: '536365',
        kind: 'sale',
        productId: '85123A',
        description: 'WHITE LANTERN',
        quantity: 6,
        at: new Date('2010-12-01T08:26:00Z'),
        price: 255,
        customerId: '17850',
        country: 'United Kingdom',
      },
    });
  });

  it('of a credit note counts the units that came back', () => {
    expect(judge({ InvoiceNo: 'C536379', Quantity: '-2' })).toMatchObject({
      accepted: { kind: 'credit', quantity: 2, invoiceNo: 'C536379' },
    });
  });

  it('may do without a customer and without a description', () => {
    const judged = judge({ CustomerID: '', Description: '' });
    expect(judged).toMatchObject({ accepted: { description: '' } });
    expect('accepted' in judged && judged.accepted.customerId).toBeUndefined();
  });

  it.each([
    [{ InvoiceNo: '' }, 'invalid_invoice_number'],
    [{ InvoiceNo: '536365.2' }, 'invalid_invoice_number'],
    [{ InvoiceNo: '5'.repeat(51) }, 'invalid_invoice_number'],
    [{ StockCode: 'POST' }, 'not_goods'],
    [{ StockCode: 'POST', Quantity: '-1', UnitPrice: '0' }, 'not_goods'],
    [{ StockCode: '85123 A' }, 'invalid_product_code'],
    [{ InvoiceDate: '30/02/2010 10:00' }, 'invalid_date'],
    [{ Quantity: '' }, 'invalid_quantity'],
    [{ Quantity: '1.5' }, 'invalid_quantity'],
    [{ Quantity: '6 pieces' }, 'invalid_quantity'],
    [{ Quantity: '1000001' }, 'invalid_quantity'],
    [{ Quantity: '0' }, 'stock_adjustment'],
    [{ Quantity: '-9360', UnitPrice: '0' }, 'stock_adjustment'],
    [{ InvoiceNo: 'C536379', Quantity: '1' }, 'no_credit'],
    [{ InvoiceNo: 'C536379', Quantity: '0' }, 'no_credit'],
    [{ UnitPrice: '0' }, 'no_price'],
    [{ UnitPrice: '-11062.06' }, 'no_price'],
    [{ UnitPrice: '0.001' }, 'not_whole_pence'],
    [{ UnitPrice: 'free' }, 'invalid_price'],
    [{ UnitPrice: '999999999', Quantity: '1000000' }, 'amount_too_large'],
    [{ CustomerID: '17 850' }, 'invalid_customer'],
    [{ Description: 'x'.repeat(256) }, 'text_too_long'],
    [{ Description: 'VOUCHER \ufffd40' }, 'not_utf8'],
  ])('is rejected for %j as %s', (change, reason) => {
    expect(judge(change)).toMatchObject({ rejected: { line: 7, raw: 'as it stood', reason } });
  });

  it('is rejected with words that name what is wrong', () => {
    expect(judge({ Quantity: '-20' })).toMatchObject({
      rejected: { detail: 'quantity -20 on an invoice that is no credit note: a stock adjustment' },
    });
  });

  it.each([
    [[], 0],
    [['536365', '85123A'], 2],
    [[...Object.values(usual), 'more'], 9],
  ])('is rejected when it has another number of fields: %j', (fields, number) => {
    expect(judgeRecord({ line: 3, raw: '', fields })).toMatchObject({
      rejected: { reason: 'wrong_number_of_fields', detail: `${number} fields, 8 expected` },
    });
  });
});
