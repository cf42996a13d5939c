// Control characters, and those that turn the direction of text: a value must not move a cursor or hide what stands beside it.
const unprintable = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/gu;

/** Text of an answer as it may be shown: what can't be printed, as an escape. */
export function plainText(text: string): string {
  return text.replaceAll(
    unprintable,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
