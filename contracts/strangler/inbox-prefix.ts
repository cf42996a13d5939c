/** First token of every subject on which an account receives answers. */
const inboxes = '_INBOX';

/**
 * The prefix of an account's inboxes, `_INBOX_<account>`: only this account may subscribe to them, so no other one can read the
 * answers that it gets.
 */
export function inboxPrefix(account: string): string {
  return `${inboxes}_${account.replace(/[^A-Za-z0-9_-]/g, '_')}`;
}

/** True for a subject on which some client receives answers. */
export function isInbox(subject: string): boolean {
  return subject.startsWith(inboxes);
}
