import { QueryTypes, type Sequelize } from 'sequelize';
import type { CustomerSummary } from '#contracts/shop/orders.js';
import { AppError } from '#platform/errors/app-error.js';

interface CurrencyRow {
  currency: string;
  orders: number;
  confirmed: number;
  cancelled: number;
  rejected: number;
  total: number;
  last_order_at: Date;
}

/**
 * What a customer has ordered so far. Orders that were shipped or delivered count as confirmed, and the
 * totals are those of confirmed orders: what the customer has paid and not been given back.
 * @throws AppError `not_found` for a customer who has never ordered
 */
export async function summariseCustomer(database: Sequelize, customerId: string): Promise<CustomerSummary> {
  const kept = "status IN ('CONFIRMED', 'SHIPPED', 'DELIVERED')";
  const rows = await database.query<CurrencyRow>(
    `SELECT currency, COUNT(*) AS orders, SUM(${kept}) AS confirmed, SUM(status = 'CANCELLED') AS cancelled,
       SUM(status = 'REJECTED') AS rejected, SUM(IF(${kept}, total_amount, 0)) AS total,
       MAX(created_at) AS last_order_at
     FROM orders WHERE customer_id = ? GROUP BY currency ORDER BY currency`,
    { replacements: [customerId], type: QueryTypes.SELECT },
  );
  if (rows.length === 0) throw new AppError('not_found', `There is no customer ${customerId} with orders`);
  const sum = (field: 'orders' | 'confirmed' | 'cancelled' | 'rejected') =>
    rows.reduce((total, row) => total + Number(row[field]), 0);
  return {
    customerId,
    orders: sum('orders'),
    confirmed: sum('confirmed'),
    cancelled: sum('cancelled'),
    rejected: sum('rejected'),
    totals: rows
      .filter((row) => Number(row.confirmed) > 0)
      .map((row) => ({ amount: Number(row.total), currency: row.currency })),
    lastOrderAt: new Date(Math.max(...rows.map((row) => row.last_order_at.getTime()))).toISOString(),
  };
}
