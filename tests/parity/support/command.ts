/** What a client sees of an answer. */
export interface Answer {
  status: number;
  /** By name in small letters. */
  headers: Readonly<Record<string, string>>;
  /** Parsed where it is JSON, else as it came; empty where there is none. */
  body: unknown;
}

/** One request, sent alike to every shop that is compared. */
export interface Command {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. `{name}` stands for what an earlier answer of the same shop was asked to keep under this name. */
  path: string;
  /** Sent as JSON; a string is sent as it is. */
  body?: unknown;
  headers?: Readonly<Record<string, string>>;
  /** Values to keep of the answer's body, by name: where each is, as in `items.0.paymentId`. */
  keep?: Readonly<Record<string, string>>;
  /** Asks again until this holds: for what the shop does after its answer, such as sending a mail. */
  until?: (answer: Answer) => boolean;
}

/** Commands that follow each other; what follows sees what came before. */
export interface Scenario {
  name: string;
  /** It needs programs that take events from one service to another. */
  byEvents?: true;
  /** @param own makes a name that no other run of this scenario uses, equal in every shop that is compared */
  commands: (own: Own) => readonly Command[];
}

export type Own = (name: string) => string;

/** As in `POST /orders {"customerId":"ada"} (idempotency-key: k1)`. */
export function describeCommand({ method, path, body, headers = {} }: Command): string {
  const sent =
    body === undefined ? '' : ` ${shorten(typeof body === 'string' ? body : JSON.stringify(body))}`;
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${shorten(value)}`);
  return `${method} ${shorten(path)}${sent}${named.length === 0 ? '' : ` (${named.join(', ')})`}`;
}

function shorten(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}… (${text.length} characters)`;
}
