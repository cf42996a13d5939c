import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Address, Contact, Order, OrderStatus } from '#contracts/shop/orders.js';

export interface OrderRow extends Model<InferAttributes<OrderRow>, InferCreationAttributes<OrderRow>> {
  orderId: string;
  customerId: string;
  status: OrderStatus;
  currency: string;
  totalAmount: number;
  paymentId: string | null;
  email: string | null;
  phone: string | null;
  /** JSON of the address. */
  shippingAddress: string | null;
  reason: string | null;
  carrier: string | null;
  trackingNumber: string | null;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface OrderItemRow extends Model<
  InferAttributes<OrderItemRow>,
  InferCreationAttributes<OrderItemRow>
> {
  orderId: string;
  /** 1 for the first item, in the client's order. */
  lineNo: number;
  productId: string;
  quantity: number;
  unitPriceAmount: number;
}

interface CustomerRow extends Model<InferAttributes<CustomerRow>, InferCreationAttributes<CustomerRow>> {
  customerId: string;
  country: string | null;
  createdAt: Date;
}

export interface OrderTables {
  orders: ModelStatic<OrderRow>;
  items: ModelStatic<OrderItemRow>;
  customers: ModelStatic<CustomerRow>;
}

export function defineOrderTables(database: Sequelize): OrderTables {
  return {
    orders: defineOrders(database),
    items: database.define<OrderItemRow>('order_items', {
      orderId: { type: DataTypes.STRING(64), primaryKey: true },
      lineNo: { type: DataTypes.INTEGER.UNSIGNED, primaryKey: true },
      productId: { type: DataTypes.STRING(64), allowNull: false },
      quantity: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
      unitPriceAmount: { type: DataTypes.BIGINT, allowNull: false },
    }),
    customers: database.define<CustomerRow>('customers', {
      customerId: { type: DataTypes.STRING(64), primaryKey: true },
      country: { type: DataTypes.STRING(255) },
      createdAt: { type: DataTypes.DATE(3), allowNull: false },
    }),
  };
}

function defineOrders(database: Sequelize): ModelStatic<OrderRow> {
  return database.define<OrderRow>('orders', {
    orderId: { type: DataTypes.STRING(64), primaryKey: true },
    customerId: { type: DataTypes.STRING(64), allowNull: false },
    status: { type: DataTypes.STRING(32), allowNull: false },
    currency: { type: DataTypes.CHAR(3), allowNull: false },
    totalAmount: { type: DataTypes.BIGINT, allowNull: false },
    paymentId: { type: DataTypes.STRING(64) },
    email: { type: DataTypes.STRING(254) },
    phone: { type: DataTypes.STRING(32) },
    shippingAddress: { type: DataTypes.TEXT },
    reason: { type: DataTypes.STRING(32) },
    carrier: { type: DataTypes.STRING(255) },
    trackingNumber: { type: DataTypes.STRING(255) },
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    createdAt: { type: DataTypes.DATE(3), allowNull: false },
    updatedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

/** The resource that clients see. */
export function toOrder(row: OrderRow, items: readonly OrderItemRow[]): Order {
  const { currency, carrier, trackingNumber } = row;
  return {
    orderId: row.orderId,
    customerId: row.customerId,
    status: row.status,
    items: items.map(({ productId, quantity, unitPriceAmount }) => ({
      productId,
      quantity,
      unitPrice: { amount: Number(unitPriceAmount), currency },
    })),
    total: { amount: Number(row.totalAmount), currency },
    paymentId: row.paymentId,
    contact: contactOf(row),
    shippingAddress: row.shippingAddress === null ? null : (JSON.parse(row.shippingAddress) as Address),
    reason: row.reason,
    shipment: carrier === null || trackingNumber === null ? null : { carrier, trackingNumber },
    version: row.version,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

function contactOf({ email, phone }: Pick<OrderRow, 'email' | 'phone'>): Contact {
  return { ...(email === null ? {} : { email }), ...(phone === null ? {} : { phone }) };
}
