/** What the provider does with a card. */
export type CardBehaviour =
  | { does: 'capture'; last4: string }
  | { does: 'decline'; last4: string | null; reason: string }
  /** Holds the answer, then captures late unless the charge has been voided. */
  | { does: 'hold'; last4: string }
  /** Fails that many calls of each charge, then captures. */
  | { does: 'fail-first'; calls: number; last4: string };

const cards = new Map<string, CardBehaviour>([
  ['tok_visa', { does: 'capture', last4: '4242' }],
  ['tok_chargeDeclined', { does: 'decline', last4: '0002', reason: 'card_declined' }],
  ['tok_timeout', { does: 'hold', last4: '4242' }],
  ['tok_flaky', { does: 'fail-first', calls: 2, last4: '4242' }],
]);

/**
 * The behaviour that a test chooses by its token, as card sandboxes do; any other token is no card. What follows a second
 * underscore tells cards apart that behave alike: `tok_visa_1`.
 */
export function cardBehaviour(token: string): CardBehaviour {
  return (
    cards.get(token.split('_', 2).join('_')) ?? { does: 'decline', last4: null, reason: 'unknown_token' }
  );
}
