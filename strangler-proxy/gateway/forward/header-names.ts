/** What becomes of a header on its way through. */
export const pass = 0;
/** Between two neighbours only (RFC 9110, 7.6.1), or ours alone to set. */
const drop = 1;
/** Believed from trusted peers only. */
export const forwarded = 2;
export const host = 3;
export const contentLength = 4;
export const transferEncoding = 5;
export const connection = 6;
export const requestId = 7;
export const expect = 8;
export const trailer = 9;
export const via = 10;
export const maxForwards = 11;

/** Whether an answer's header of a fate is passed on: what a request may not say of itself, an answer may. */
export const passesInAnswers: readonly boolean[] = [
  true,
  false,
  true,
  true,
  false,
  false,
  false,
  false,
  false,
  false,
  true,
  true,
];

const known: Record<string, number> = {
  connection,
  host,
  'content-length': contentLength,
  'transfer-encoding': transferEncoding,
  'x-request-id': requestId,
  'keep-alive': drop,
  'proxy-connection': drop,
  'proxy-authorization': drop,
  'proxy-authenticate': drop,
  'http2-settings': drop,
  te: drop,
  upgrade: drop,
  expect,
  trailer,
  via,
  'max-forwards': maxForwards,
  'x-served-by': drop,
  forwarded,
  'x-forwarded-for': forwarded,
  'x-forwarded-host': forwarded,
  'x-forwarded-proto': forwarded,
  'x-forwarded-port': forwarded,
  'x-forwarded-prefix': forwarded,
  'x-forwarded-server': forwarded,
  'x-real-ip': forwarded,
};

/** Header names as they are written: few in practice, but clients choose them, so the memory of them is bounded. */
const remembered = new Map<string, number>();
const mostRemembered = 2_000;
const longestRemembered = 64;

/** What becomes of a header, by its name in any case. */
export function fateOf(name: string): number {
  const fate = remembered.get(name);
  if (fate !== undefined) return fate;
  const found = workOut(name.toLowerCase());
  if (remembered.size < mostRemembered && name.length <= longestRemembered) remembered.set(name, found);
  return found;
}

function workOut(name: string): number {
  // Programs behind CGI-like interfaces read X_Strangler_Key as X-Strangler-Key: an alias must not get through.
  const plain = name.replaceAll('_', '-');
  if (plain.startsWith('x-strangler-')) return drop;
  const fate = Object.hasOwn(known, plain) ? (known[plain] ?? pass) : pass;
  return plain === name || fate === pass ? fate : drop;
}
