import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

/** An upstream whose every byte a test decides. */
export interface RawUpstream {
  url: string;
  sockets: Set<Socket>;
  end(): void;
}

/** @param onRequest called with the first bytes of each connection */
export async function rawUpstream(onRequest: (socket: Socket, first: Buffer) => void): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    socket.once('data', (first: Buffer) => onRequest(socket, first));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sockets,
    end: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
