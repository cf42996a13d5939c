import * as fate from './header-names.js';

/**
 * An upstream's headers as the client gets them: names and values in turn, without those between neighbours and
 * those that are ours to set; and the length of the body, -1 where it isn't said.
 */
export function answerHeaders(raw: readonly Buffer[]): { headers: string[]; length: number } {
  const headers: string[] = [];
  let listed: string | undefined;
  let length = -1;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = latin1(raw[at]);
    switch (fate.fateOf(name)) {
      case fate.contentLength:
        length = Number(latin1(raw[at + 1]));
        headers.push(name, String(length));
        break;
      case fate.connection: {
        const value = latin1(raw[at + 1]).toLowerCase();
        if (value !== 'keep-alive' && value !== 'close') listed = listed ? `${listed},${value}` : value;
        break;
      }
      // What a request may not say of itself, an answer may: these are its own.
      case fate.pass:
      case fate.forwarded:
      case fate.host:
        headers.push(name, latin1(raw[at + 1]));
        break;
    }
  }
  return { headers: listed ? without(headers, listed) : headers, length };
}

function latin1(bytes: Buffer | undefined): string {
  return bytes ? bytes.toString('latin1') : '';
}

function without(headers: readonly string[], listed: string): string[] {
  const names = listed.split(',').map((name) => name.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
  return headers.filter((_, at) => !names.includes((headers[at - (at % 2)] ?? '').toLowerCase()));
}

/** Trailers as `addTrailers` takes them. */
export function answerTrailers(raw: readonly Buffer[]): [string, string][] {
  const trailers: [string, string][] = [];
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = latin1(raw[at]);
    if (fate.fateOf(name) === fate.pass) trailers.push([name, latin1(raw[at + 1])]);
  }
  return trailers;
}
