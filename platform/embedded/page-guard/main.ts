import { type IncomingMessage, Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerForeign, foreignTo } from '#platform/http/refuse-foreign.js';

/**
 * Loaded before a program that is not ours (`node --import`), with a page that anybody's web page could read otherwise: no HTTP
 * server of that process gets to see a request of another page, nor a WebSocket. Further names by which it may be called stand in
 * `PAGE_GUARD_HOSTS`, comma-separated.
 */
const allowed = (process.env['PAGE_GUARD_HOSTS'] ?? '')
  .split(',')
  .map((name) => name.trim().toLowerCase())
  .filter(Boolean);

type Refuse = (request: IncomingMessage, to: unknown, reason: string) => void;

const answer: Refuse = (request, response, reason) =>
  answerForeign(request, response as ServerResponse, reason);

const cut: Refuse = (_request, socket, reason) => {
  const body = `This request is refused: ${reason}.\n`;
  const head = ['HTTP/1.1 403 Forbidden', 'Connection: close', `Content-Length: ${Buffer.byteLength(body)}`];
  const to = socket as Duplex;
  // Nobody listens any more: a client that breaks off meanwhile is no error of ours.
  to.on('error', () => undefined);
  to.end(`${head.join('\r\n')}\r\n\r\n${body}`);
};

/** What brings a request, by the name of the event. */
const refusals: Readonly<Record<string, Refuse>> = {
  request: answer,
  checkContinue: answer,
  checkExpectation: answer,
  upgrade: cut,
  connect: cut,
};

const emit = Server.prototype.emit;

Server.prototype.emit = function (this: Server, event: string | symbol, ...given: unknown[]): boolean {
  const refuse = refusals[String(event)];
  const request = given[0] as IncomingMessage;
  const reason = refuse && foreignTo(request.headers, allowed);
  if (!refuse || reason === undefined) return Reflect.apply(emit, this, [event, ...given]) as boolean;
  refuse(request, given[1], reason);
  return true;
};
