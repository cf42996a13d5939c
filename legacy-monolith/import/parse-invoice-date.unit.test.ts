import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseInvoiceDate } from './parse-invoice-date.js';

describe('an invoice date', () => {
  it.each([
    ['01/12/2010 08:26', '2010-12-01T08:26:00.000Z'],
    ['29/02/2012 23:59', '2012-02-29T23:59:00.000Z'],
    ['29/02/2000 00:00', '2000-02-29T00:00:00.000Z'],
    // Hours that London's clocks skip and repeat are hours like any other.
    ['28/03/2010 01:30', '2010-03-28T01:30:00.000Z'],
    ['31/10/2010 01:30', '2010-10-31T01:30:00.000Z'],
  ])('%s is %s', (text, instant) => expect(parseInvoiceDate(text)?.toISOString()).toBe(instant));

  it.each([
    '29/02/2010 10:00',
    '29/02/1900 10:00',
    '31/04/2010 10:00',
    '00/01/2010 10:00',
    '01/00/2010 10:00',
    '12/13/2010 10:00',
    '01/12/2010 24:00',
    '01/12/2010 10:60',
    '1/12/2010 8:26',
    '01/12/10 08:26',
    '2010-12-01 08:26',
    '01/12/2010',
    '01/12/2010 08:26:00',
    '01/12/0010 08:26',
    '',
  ])('%j is none', (text) => expect(parseInvoiceDate(text)).toBeUndefined());

  it('is the minute that was written, on every day there is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -15_000_000, max: 60_000_000 }), (minutes) => {
        const instant = new Date(minutes * 60_000).toISOString();
        const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+)T(\d+:\d+)/.exec(instant) ?? [];
        expect(parseInvoiceDate(`${day}/${month}/${year} ${time}`)?.toISOString()).toBe(instant);
      }),
    );
  });
});
