/** A moment for a DATETIME(3) column: a Date among replacements would lose its milliseconds. */
export function sqlInstant(at: Date): string {
  return at.toISOString().slice(0, -1).replace('T', ' ');
}
