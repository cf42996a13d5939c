import type { BookedMail } from './books.js';

/** What a notification is about, by its id. */
export type Occasions = ReadonlyMap<string, { orderId: string | null; template: string }>;

const messageIdOf = /^<?(?<id>[^@>]+)@notifications\.shop>?$/;

export interface ArrivedMails {
  /** Of orders. */
  mails: BookedMail[];
  /** Message-IDs of mails that none of the notifications explains. */
  unexplained: string[];
}

/**
 * Reads what has really arrived.
 * @param mailUrl page of the mail server
 */
export async function readMails(mailUrl: string, occasions: Occasions): Promise<ArrivedMails> {
  const arrived = (await (await fetch(new URL('/api/email', mailUrl))).json()) as {
    headers: Record<string, string>;
  }[];
  const mails: BookedMail[] = [];
  const unexplained: string[] = [];
  for (const { headers } of arrived) {
    const messageId = headers['message-id'] ?? '';
    const occasion = occasions.get(messageIdOf.exec(messageId)?.groups?.['id'] ?? '');
    if (!occasion) unexplained.push(messageId);
    else if (occasion.orderId !== null)
      mails.push({ orderId: occasion.orderId, template: occasion.template, messageId });
  }
  return { mails, unexplained };
}
