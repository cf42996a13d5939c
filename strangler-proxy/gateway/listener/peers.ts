import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, type Socket } from 'node:net';
import { AppError } from '#platform/errors/app-error.js';
import type { ClientConnection } from './in-turn.js';

/**
 * Tells who a request came from; worked out once per connection.
 * @param trusted addresses or CIDR ranges whose forwarding headers are believed
 * @throws AppError `invalid_config` for what is neither
 */
export function recognisePeers(
  trusted: readonly string[],
): (request: Pick<IncomingMessage, 'socket'>) => ClientConnection {
  const list = new BlockList();
  for (const entry of trusted) add(list, entry);
  const known = new WeakMap<Socket, ClientConnection>();
  return ({ socket }) => {
    const before = known.get(socket);
    if (before) return before;
    const address = (socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    const connection: ClientConnection = {
      address,
      trusted: trusted.length > 0 && isIP(address) !== 0 && list.check(address, family),
      current: undefined,
      last: false,
      dropped: false,
      over: false,
      waiting: [],
    };
    known.set(socket, connection);
    return connection;
  };
}

function add(list: BlockList, entry: string): void {
  const [address = '', bits] = entry.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  try {
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  } catch (cause) {
    throw new AppError(
      'invalid_config',
      `trustedPeers: "${entry}" is neither an address nor a range such as 10.0.0.0/8`,
      { cause },
    );
  }
}
