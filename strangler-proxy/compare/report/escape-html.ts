import { plainText } from './plain-text.js';

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand in an element, or in an attribute between quotes. */
export function escapeHtml(text: string): string {
  return plainText(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);
}
