import {
  DataTypes,
  type InferAttributes,
  type InferCreationAttributes,
  type Model,
  type ModelStatic,
  type Sequelize,
} from 'sequelize';
import type { Address, Contact, OrderStatus } from '#contracts/shop/orders.js';
import type { OrderLine, PlacedOrder, Shipment } from '../domain/order.js';

/** An order's row: the attributes `createdAt` and `orderId` are those by which lists are read. */
export interface OrderRow extends Model<InferAttributes<OrderRow>, InferCreationAttributes<OrderRow>> {
  orderId: string;
  customerId: string;
  status: OrderStatus;
  rejectionReason: string | null;
  currency: string;
  total: number;
  paymentId: string | null;
  contactEmail: string | null;
  contactPhone: string | null;
  shipToName: string | null;
  shipToLine1: string | null;
  shipToLine2: string | null;
  shipToCity: string | null;
  shipToPostcode: string | null;
  shipToCountry: string | null;
  carrier: string | null;
  trackingNumber: string | null;
  version: number;
  createdAt: Date;
  changedAt: Date;
}

export interface OrderLineRow extends Model<
  InferAttributes<OrderLineRow>,
  InferCreationAttributes<OrderLineRow>
> {
  orderId: string;
  /** 1 for the first line, in the client's order. */
  lineNo: number;
  productId: string;
  quantity: number;
  unitPrice: number;
}

export function defineOrders(database: Sequelize): ModelStatic<OrderRow> {
  // A new object for each: Sequelize writes the column's name into it.
  const line = () => ({ type: DataTypes.STRING(255) });
  return database.define<OrderRow>('orders', {
    orderId: { type: DataTypes.STRING(64), primaryKey: true },
    customerId: { type: DataTypes.STRING(64), allowNull: false },
    status: { type: DataTypes.STRING(32), allowNull: false },
    rejectionReason: { type: DataTypes.STRING(32) },
    currency: { type: DataTypes.CHAR(3), allowNull: false },
    total: { type: DataTypes.BIGINT, allowNull: false },
    paymentId: { type: DataTypes.STRING(64) },
    contactEmail: { type: DataTypes.STRING(254) },
    contactPhone: { type: DataTypes.STRING(32) },
    shipToName: line(),
    shipToLine1: { ...line(), field: 'ship_to_line1' },
    shipToLine2: { ...line(), field: 'ship_to_line2' },
    shipToCity: line(),
    shipToPostcode: line(),
    shipToCountry: line(),
    carrier: line(),
    trackingNumber: line(),
    version: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    createdAt: { type: DataTypes.DATE(3), allowNull: false, field: 'placed_at' },
    changedAt: { type: DataTypes.DATE(3), allowNull: false },
  });
}

export function defineOrderLines(database: Sequelize): ModelStatic<OrderLineRow> {
  return database.define<OrderLineRow>('order_lines', {
    orderId: { type: DataTypes.STRING(64), primaryKey: true },
    lineNo: { type: DataTypes.INTEGER.UNSIGNED, primaryKey: true },
    productId: { type: DataTypes.STRING(64), allowNull: false },
    quantity: { type: DataTypes.INTEGER.UNSIGNED, allowNull: false },
    unitPrice: { type: DataTypes.BIGINT, allowNull: false },
  });
}

export function toRow(order: PlacedOrder): InferCreationAttributes<OrderRow> {
  const { orderId, customerId, status, currency, total, paymentId, contact, version } = order;
  const { shippingAddress, shipment } = order;
  return {
    ...{ orderId, customerId, status, currency, total, paymentId, version },
    rejectionReason: order.reason,
    contactEmail: contact.email ?? null,
    contactPhone: contact.phone ?? null,
    ...addressColumns(shippingAddress),
    carrier: shipment?.carrier ?? null,
    trackingNumber: shipment?.trackingNumber ?? null,
    createdAt: order.placedAt,
    changedAt: order.changedAt,
  };
}

function addressColumns(address: Address | null) {
  return {
    shipToName: address?.name ?? null,
    shipToLine1: address?.line1 ?? null,
    shipToLine2: address?.line2 ?? null,
    shipToCity: address?.city ?? null,
    shipToPostcode: address?.postcode ?? null,
    shipToCountry: address?.country ?? null,
  };
}

export function fromRow(row: OrderRow, lines: readonly OrderLineRow[]): PlacedOrder {
  const { orderId, customerId, status, currency, paymentId, version } = row;
  return {
    ...{ orderId, customerId, status, currency, paymentId, version },
    reason: row.rejectionReason,
    total: Number(row.total),
    lines: lines.map(toLine),
    contact: contactOf(row),
    shippingAddress: addressOf(row),
    shipment: shipmentOf(row),
    placedAt: row.createdAt,
    changedAt: row.changedAt,
  };
}

function toLine({ productId, quantity, unitPrice }: OrderLineRow): OrderLine {
  return { productId, quantity, unitPrice: Number(unitPrice) };
}

function contactOf({ contactEmail: email, contactPhone: phone }: OrderRow): Contact {
  return { ...(email === null ? {} : { email }), ...(phone === null ? {} : { phone }) };
}

function addressOf(row: OrderRow): Address | null {
  const { shipToName, shipToLine1, shipToLine2, shipToCity, shipToPostcode, shipToCountry } = row;
  if (shipToLine1 === null || shipToCity === null || shipToCountry === null) return null;
  return {
    ...(shipToName === null ? {} : { name: shipToName }),
    line1: shipToLine1,
    ...(shipToLine2 === null ? {} : { line2: shipToLine2 }),
    city: shipToCity,
    ...(shipToPostcode === null ? {} : { postcode: shipToPostcode }),
    country: shipToCountry,
  };
}

function shipmentOf({ carrier, trackingNumber }: OrderRow): Shipment | null {
  return carrier === null || trackingNumber === null ? null : { carrier, trackingNumber };
}
