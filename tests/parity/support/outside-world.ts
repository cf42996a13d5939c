import type { Charge, Sms } from '#contracts/shop/provider.js';
import { deriveId } from '#platform/ownership/derive-id.js';
import type { Answer, Command } from './command.js';
import type { ShopUnderTest } from './shop-under-test.js';

/** Stands for the question in what a failure tells. */
export const outsideQuestion: Command = {
  method: 'GET',
  path: ' (what the card provider, the SMS provider and the mail server have of all this)',
};

interface Mail {
  to: { address: string }[];
  subject: string;
  text: string;
}

/**
 * What commands have done to the world outside a shop: the money that was taken and given back, and the messages that were
 * sent. As an answer, so that it is compared as answers are.
 */
export async function readOutside(
  { providersUrl, mailUrl }: ShopUnderTest,
  commands: readonly Command[],
): Promise<Answer> {
  const sent = JSON.stringify(commands.map(({ body }) => body));
  const addresses = (form: RegExp) => [...new Set(sent.match(form))].sort();
  const [charges, texts, mails] = await Promise.all([
    readCharges(providersUrl, ordersOf(commands)),
    readTexts(providersUrl, addresses(/\+[1-9]\d{6,14}(?=")/g)),
    mailUrl === undefined ? [] : readMails(mailUrl, new Set(addresses(/[\w.-]+@example\.com(?=")/g))),
  ]);
  return { status: 200, headers: {}, body: { charges, texts, mails } };
}

/** Orders that these commands place or pay for. */
function ordersOf(commands: readonly Command[]): ReadonlySet<string> {
  const placed = commands.flatMap(({ headers }) => headers?.['idempotency-key'] ?? []);
  const paid = commands.flatMap(
    ({ body }) => (body as { orderId?: string } | null | undefined)?.orderId ?? [],
  );
  return new Set([...placed.map((key) => deriveId('orders', key)), ...paid]);
}

/** A charge that was voided took no money: how many there are of these is the shop's own affair. */
async function readCharges(providersUrl: string, orders: ReadonlySet<string>) {
  const all = await readPages<Charge>(`${providersUrl}/ledger?limit=200`);
  return all
    .filter(({ reference, status }) => orders.has(reference) && status !== 'VOIDED')
    .map(({ reference, status, amount, currency }) => `${reference}: ${status} ${amount} ${currency}`)
    .sort();
}

async function readTexts(providersUrl: string, numbers: readonly string[]) {
  const texts = await Promise.all(
    numbers.map((to) => readPages<Sms>(`${providersUrl}/sms?limit=200&to=${encodeURIComponent(to)}`)),
  );
  return texts
    .flat()
    .map(({ to, text }) => `${to}: ${text}`)
    .sort();
}

async function readMails(mailUrl: string, addresses: ReadonlySet<string>) {
  const mails = (await (await fetch(`${mailUrl}/api/email`)).json()) as Mail[];
  return mails
    .flatMap(({ to, subject, text }) => to.map(({ address }) => ({ address, subject, text })))
    .filter(({ address }) => addresses.has(address))
    .map(({ address, subject, text }) => `${address}: ${subject}: ${text}`)
    .sort();
}

async function readPages<Item>(first: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | null = ''; cursor !== null;) {
    const page = (await (await fetch(cursor === '' ? first : `${first}&cursor=${cursor}`)).json()) as {
      items: Item[];
      nextCursor: string | null;
    };
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
