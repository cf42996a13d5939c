import * as fate from './header-names.js';

/**
 * An upstream's headers as the client gets them: names and values in turn, without those between neighbours and
 * those that are ours to set; and the length of the body, -1 where it isn't said.
 * Trailers are announced only where there can be any: behind chunks.
 * @param chunks whether a body without a length goes out in chunks
 * @param status of an answer that may have none (RFC 9110, 8.6): 1xx and 204 have no length either
 */
export function answerHeaders(
  status: number,
  given: readonly string[],
  chunks: boolean,
): { headers: string[]; length: number } {
  const headers: string[] = [];
  let listed: string | undefined;
  let length = -1;
  let announced: string | undefined;
  for (let at = 0; at + 1 < given.length; at += 2) {
    const name = given[at] ?? '';
    const value = given[at + 1] ?? '';
    const found = fate.fateOf(name);
    switch (found) {
      case fate.contentLength:
        if (status < 200 || status === 204) break;
        length = Number(value);
        headers.push(name, value);
        break;
      case fate.trailer:
        announced = announced ? `${announced}, ${value}` : value;
        break;
      case fate.connection:
        listed = listedIn(value, listed);
        break;
      default:
        if (fate.passesInAnswers[found]) headers.push(name, value);
    }
  }
  if (announced !== undefined && chunks && length === -1) headers.push('Trailer', announced);
  return { headers: listed ? without(headers, listed) : headers, length };
}

function listedIn(value: string, before: string | undefined): string | undefined {
  const options = value.toLowerCase();
  if (options === 'keep-alive' || options === 'close') return before;
  return before ? `${before},${options}` : options;
}

function without(headers: readonly string[], listed: string): string[] {
  const names = listed.split(',').map((name) => name.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
  return headers.filter((_, at) => !names.includes((headers[at - (at % 2)] ?? '').toLowerCase()));
}

/** Trailers of a request or an answer without those that only a head may have; names and values in turn. */
export function passedTrailers(given: readonly string[]): string[] {
  const trailers: string[] = [];
  for (let at = 0; at + 1 < given.length; at += 2) {
    const name = given[at] ?? '';
    if (fate.fateOf(name) === fate.pass) trailers.push(name, given[at + 1] ?? '');
  }
  return trailers;
}
