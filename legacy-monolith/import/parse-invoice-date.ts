/**
 * Reads `dd/mm/yyyy hh:mm` as UTC, so that no hour of the year is missing or there twice. Two digits are asked for:
 * 1/2/2010 would be read one way by some people and another way by others.
 * @returns undefined for another form and for days and times that do not exist
 */
export function parseInvoiceDate(text: string): Date | undefined {
  const match = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d):(\d\d)$/.exec(text);
  if (!match) return undefined;
  const [day, month, year, hour, minute] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || year < 1000) return undefined;
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute));
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date : undefined;
}
