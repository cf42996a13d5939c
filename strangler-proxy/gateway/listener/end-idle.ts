import type { Socket } from 'node:net';
import type { ListenerEvents } from './answer-unreadable.js';
import type { ClientConnection } from './in-turn.js';

export interface IdleLimits {
  /** Milliseconds without a byte in either direction, while the client has something to send or to take. */
  idle: number;
  /** The same while it waits for us. */
  longestWait: number;
}

/**
 * Makes a handler of connections on which nothing has come or gone for as long as `idle`. A client that has sent all, and taken all
 * there is, waits for an upstream, or for an owner: they have limits of their own, and this one only ends what those have missed.
 */
export function endIdleWithin({ idle, longestWait }: IdleLimits, { limited }: ListenerEvents) {
  const waits = new WeakMap<Socket, { bytes: number; time: number }>();

  return (socket: Socket, { current, address }: ClientConnection): void => {
    if (current?.complete && socket.writableLength === 0) {
      const bytes = socket.bytesRead + socket.bytesWritten;
      const before = waits.get(socket);
      const time = idle + (before?.bytes === bytes ? before.time : 0);
      waits.set(socket, { bytes, time });
      if (time < longestWait) return void socket.setTimeout(idle);
    }
    if (current)
      limited({ setting: 'limits.idle', method: current.method, path: current.url, client: address });
    socket.destroy();
  };
}
