import type { Sequelize } from 'sequelize';
import { connectDatabase, patientLimits } from '#platform/database/connect-database.js';
import { explainDatabaseError } from './explain-database-error.js';
import { checkInUse, checkNewOrders, checkNewStock } from './guard-import.js';
import { withImportLock } from './import-lock.js';
import {
  addWritten,
  checkThatLinesAddUp,
  emptySummary,
  type ImportSummary,
  isAllRejected,
} from './import-summary.js';
import type { InvoiceLine, RejectedLine } from './judge-record.js';
import { type OrderFile, withOrderFile } from './open-order-file.js';
import { readInvoices } from './read-invoices.js';
import { openRejectedReport, type RejectedReport } from './rejected-report.js';
import { type InvoiceOrder, splitInvoice } from './split-invoice.js';
import { type Survey, surveyFile } from './survey-file.js';
import { addCustomers, addOrders, addProducts } from './write-shop.js';

export { type ImportSummary, isAllRejected };

export interface ImportRequest {
  /** An order file, `.csv` or `.csv.gz`; a pipe and `-` (standard input) are read, too. */
  file: string;
  /** The shop's schema: `mysql://user:password@host:port/shop`. */
  mysqlUrl: string;
  /** Where to name each rejected line; an earlier report there is replaced. */
  report?: string | undefined;
  onProgress?: ((progress: ImportProgress) => void) | undefined;
}

/** How far an import is; `total` is unknown while the file is read for the first time. */
export interface ImportProgress {
  step: 'reading' | 'products' | 'customers' | 'orders';
  done: number;
  total: number | null;
}

/** Rows of one transaction: few enough that it is short, many enough that there are few. */
const batchRows = 1_000;

/**
 * Loads an order file into the shop: products with their opening stock, customers, past orders. What the shop has
 * already is left as it is, so an import may be repeated, and one that was killed is completed by the next.
 * @throws AppError `invalid_file`, `invalid_report`, `import_running`, `shop_not_ready`,
 *   `stock_not_owned`, `orders_not_owned`, `part_retired`, `unavailable`
 */
export function runImport({ file, ...request }: ImportRequest): Promise<ImportSummary> {
  return withOrderFile(file, (orders) => importFile(orders, request));
}

async function importFile(
  file: OrderFile,
  { mysqlUrl, report, onProgress = () => undefined }: Omit<ImportRequest, 'file'>,
): Promise<ImportSummary> {
  const began = Date.now();
  // The whole file is read once before anything is written: a file that can't be read changes nothing.
  const survey = await surveyFile(file, (lines) => {
    if (lines % batchRows === 0) onProgress({ step: 'reading', done: lines, total: null });
  });
  const rejected = await openRejectedReport(report);
  const database = connectDatabase(mysqlUrl, 2, patientLimits);
  const summary = emptySummary(file.name, report);
  try {
    await withImportLock(database, () => load({ file, database, survey, rejected, summary, onProgress }));
  } catch (error) {
    throw explainDatabaseError(error);
  } finally {
    await database.close();
    await rejected.close();
  }
  checkThatLinesAddUp(summary);
  return { ...summary, seconds: (Date.now() - began) / 1000 };
}

interface Load {
  file: OrderFile;
  database: Sequelize;
  survey: Survey;
  rejected: RejectedReport;
  summary: ImportSummary;
  onProgress: (progress: ImportProgress) => void;
}

async function load(run: Load): Promise<void> {
  run.summary.lines = run.survey.lines;
  await checkInUse(run.database);
  await checkNewStock(run.database, run.survey.products);
  await checkNewOrders(run.database, readOrderIds(run));
  await loadProducts(run);
  await loadCustomers(run);
  await loadOrders(run);
}

async function* readOrderIds({ file, survey }: Load): AsyncGenerator<string> {
  for await (const invoice of readInvoices(file, survey.lastLines, () => undefined))
    for (const { orderId } of splitInvoice(invoice)) yield orderId;
}

async function loadProducts({ database, survey, summary, onProgress }: Load): Promise<void> {
  const total = survey.products.length;
  for (let done = 0; done < total; done += batchRows) {
    onProgress({ step: 'products', done, total });
    const written = await addProducts(database, survey.products.slice(done, done + batchRows));
    addWritten(summary.products, written.products);
    addWritten(summary.stockRows, written.stock);
  }
}

async function loadCustomers({ database, survey, summary, onProgress }: Load): Promise<void> {
  const total = survey.customers.length;
  for (let done = 0; done < total; done += batchRows) {
    onProgress({ step: 'customers', done, total });
    addWritten(
      summary.customers,
      await addCustomers(database, survey.customers.slice(done, done + batchRows)),
    );
  }
}

async function loadOrders(run: Load): Promise<void> {
  const { file, survey, summary, onProgress } = run;
  let batch: InvoiceOrder[] = [];
  let items = 0;
  for await (const invoice of readInvoices(file, survey.lastLines, (line) => reject(run, line))) {
    const orders = splitInvoice(invoice);
    summary[invoice.kind === 'sale' ? 'invoices' : 'creditNotes'] += 1;
    if (orders.length > 1) summary.splitInvoices += 1;
    batch.push(...orders);
    items += orders.reduce((sum, order) => sum + order.items.length, 0);
    if (items < batchRows) continue;
    await writeBatch(run, batch);
    [batch, items] = [[], 0];
    onProgress({
      step: 'orders',
      done: summary.loaded + summary.merged + summary.rejected,
      total: survey.lines,
    });
  }
  if (batch.length > 0) await writeBatch(run, batch);
}

async function writeBatch(run: Load, orders: readonly InvoiceOrder[]): Promise<void> {
  const { added, unchanged, different } = await addOrders(run.database, orders);
  count(run.summary, 'added', added);
  count(run.summary, 'unchanged', unchanged);
  for (const order of different) {
    for (const line of order.items.flatMap((item) => item.lines)) await reject(run, differs(order, line));
  }
}

function count(summary: ImportSummary, how: 'added' | 'unchanged', orders: readonly InvoiceOrder[]): void {
  summary.orders[how] += orders.length;
  for (const item of orders.flatMap((order) => order.items)) {
    summary.orderLines[how] += 1;
    summary.loaded += 1;
    summary.merged += item.lines.length - 1;
  }
}

function differs({ orderId }: InvoiceOrder, { line, raw }: InvoiceLine): RejectedLine {
  const detail = `order ${orderId} is in the shop already, of another customer or amount`;
  return { line, raw, reason: 'order_differs', detail };
}

async function reject({ summary, rejected }: Load, line: RejectedLine): Promise<void> {
  summary.rejected += 1;
  summary.rejectedByReason[line.reason] = (summary.rejectedByReason[line.reason] ?? 0) + 1;
  await rejected.add(line);
}
