import type { Notification } from '#contracts/shop/notifications.js';
import { describeMoney } from '../../context/describe-money.js';

/** Values that a template names, as the client or a module gave them. */
export type TemplateData = Record<string, string | number | boolean | null>;

export interface Text {
  subject: string;
  body: string;
}

type Template = Notification['template'];

const templates: Record<Template, (data: TemplateData) => Text> = {
  'order-confirmed': (data) => ({
    subject: `Your order ${name(data)} is confirmed`,
    body: `Thank you. We have received your payment${total(data)} and are packing your order ${name(data)}.`,
  }),
  'order-cancelled': (data) => ({
    subject: `Your order ${name(data)} is cancelled`,
    body: `Your order ${name(data)} is cancelled. What you have paid${total(data)} goes back to your card.`,
  }),
  'order-shipped': (data) => ({
    subject: `Your order ${name(data)} is on its way`,
    body: `${say(data['carrier'], 'Our carrier')} is bringing your order ${name(data)}. Tracking number: ${say(data['trackingNumber'], 'not known')}.`,
  }),
  'order-delivered': (data) => ({
    subject: `Your order ${name(data)} has arrived`,
    body: `Your order ${name(data)} has been delivered. We hope that you like it.`,
  }),
  message: (data) => ({
    subject: say(data['subject'], 'A message from the shop'),
    body: say(data['text'], ''),
  }),
};

/** Writes what a customer is told. Values that are missing are left out of the text. */
export function writeText(template: Template, data: TemplateData): Text {
  const { subject, body } = templates[template](data);
  return { subject: inOneLine(subject), body };
}

function name(data: TemplateData): string {
  return say(data['orderId'], 'with us');
}

function total({ amount, currency }: TemplateData): string {
  const known = typeof amount === 'number' && Number.isSafeInteger(amount) && amount >= 0;
  return known && typeof currency === 'string' && /^[A-Z]{3}$/.test(currency)
    ? ` of ${describeMoney({ amount, currency })}`
    : '';
}

function say(value: TemplateData[string] | undefined, otherwise: string): string {
  return value === undefined || value === null || value === '' ? otherwise : String(value);
}

/** A line break in a subject would be a header of the client's own making. */
function inOneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
