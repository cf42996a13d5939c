import { type InvoiceLine, type JudgedRecord, judgeRecord, type RejectedLine } from './judge-record.js';
import type { OrderFile } from './open-order-file.js';
import { readRecords } from './read-records.js';

/**
 * Reads and judges a file line by line. What a line can't tell by itself is decided here: all lines of an invoice
 * name the same customer, the one of its first line. Reading a file twice gives the same verdicts.
 * @throws AppError `invalid_file`
 */
export async function* readLines(file: OrderFile): AsyncGenerator<JudgedRecord> {
  const customers = new Map<string, string | undefined>();
  for await (const record of readRecords(file)) {
    const judged = judgeRecord(record);
    yield 'accepted' in judged ? checkCustomer(judged.accepted, customers) : judged;
  }
}

function checkCustomer(line: InvoiceLine, customers: Map<string, string | undefined>): JudgedRecord {
  if (!customers.has(line.invoiceNo)) customers.set(line.invoiceNo, line.customerId);
  const first = customers.get(line.invoiceNo);
  if (first === line.customerId) return { accepted: line };
  const rejected: RejectedLine = {
    line: line.line,
    raw: line.raw,
    reason: 'customer_differs',
    detail: `customer ${line.customerId ?? 'unknown'}, but invoice ${line.invoiceNo} began with ${first ?? 'an unknown one'}`,
  };
  return { rejected };
}
