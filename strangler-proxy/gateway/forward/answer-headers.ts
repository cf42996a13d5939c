import * as fate from './header-names.js';

/**
 * An upstream's headers as the client gets them: names and values in turn, without those between neighbours and
 * those that are ours to set.
 */
export function answerHeaders(raw: readonly Buffer[]): string[] {
  const headers: string[] = [];
  let listed: string | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = latin1(raw[at]);
    switch (fate.fateOf(name)) {
      case fate.connection: {
        const value = latin1(raw[at + 1]).toLowerCase();
        if (value !== 'keep-alive' && value !== 'close') listed = listed ? `${listed},${value}` : value;
        break;
      }
      // What a request may not say of itself, an answer may: these are its own.
      case fate.pass:
      case fate.contentLength:
      case fate.forwarded:
      case fate.host:
        headers.push(name, latin1(raw[at + 1]));
        break;
    }
  }
  return listed ? without(headers, listed) : headers;
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
