import type { Socket } from 'node:net';
import { guarded } from '#platform/telemetry/guarded.js';
import type { GatewayServer } from './gateway-response.js';

/** Most bytes that are read and dropped so that the client gets to see its answer; most milliseconds for that, and without a byte. */
const maxBytes = 64 * 1024 * 1024;
const maxTime = 10_000;
const maxQuiet = 2_000;

const lingering = new WeakSet<Socket>();

/**
 * Lets the client read the last answer of a connection. Closing with bytes unread resets the connection, and a reset discards what the
 * client has not read yet (RFC 9112, 9.6): so the sending half is closed first, and what still comes is read and dropped,
 * until the client closes, too.
 */
export function lingerOnClose(server: GatewayServer): void {
  server.on(
    'connection',
    guarded('a new client', (socket: Socket) => {
      // Node closes a connection by this after its last answer.
      socket.destroySoon = () => linger(socket);
    }),
  );
}

/**
 * Ends what we send, and waits until the client ends or has had enough time. What it sends is read by Node, as a request's body
 * or as what can't be read, and is dropped by us: a listener to the data of the connection would take it from Node's parser.
 */
export function linger(socket: Socket): void {
  if (lingering.has(socket) || socket.destroyed) return;
  lingering.add(socket);
  const close = guarded('a lingering close', () => void socket.destroy());
  if (socket.writable) socket.end();
  const closeOnceSent = () => void (socket.writableFinished ? close() : socket.once('finish', close));
  if (socket.readableEnded) closeOnceSent();
  else socket.once('end', closeOnceSent);
  const before = socket.bytesRead;
  let since = performance.now();
  let read = before;
  let unsent = socket.writableLength;
  const look = () => {
    const quiet = socket.bytesRead === read && socket.writableLength === unsent;
    read = socket.bytesRead;
    unsent = socket.writableLength;
    // A slow client is still taking its answer.
    if (unsent > 0 && !quiet) since = performance.now();
    const late = performance.now() - since > maxTime;
    if (late || (unsent === 0 && (quiet || read - before > maxBytes))) close();
  };
  const timer = setInterval(guarded('a lingering close', look), maxQuiet).unref();
  socket.once('close', () => clearInterval(timer));
}

export function isLingering(socket: Socket): boolean {
  return lingering.has(socket);
}
