import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

/** An SMTP server that takes every mail, but, while it is held, says so only when it is told to carry on. */
export interface SlowMailServer {
  smtpUrl: string;
  hold(): void;
  /** From now on it closes the connection behind each text, without a word. */
  hangUp(): void;
  /** From now on it says nothing once it is to take a text. */
  hangBefore(): void;
  carryOn(): void;
  /** Mails whose text has arrived. */
  begun(): number;
  /** Mails whose text was not asked for. */
  hanging(): number;
  /** Mails that were taken, and said to be. */
  taken(): number;
  stop(): Promise<void>;
}

export async function slowMailServer(): Promise<SlowMailServer> {
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  let held = false;
  let behind: 'answer' | 'hang up' | 'hang before' = 'answer';
  let begun = 0;
  let taken = 0;
  let hanging = 0;

  function take(socket: Socket): void {
    begun += 1;
    if (behind === 'hang up') return void socket.destroy();
    const answer = () => {
      taken += 1;
      socket.write('250 taken\r\n');
    };
    if (held) waiting.push(answer);
    else answer();
  }

  const server = createServer(async (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).write('220 here\r\n');
    let inText = false;
    for await (const line of createInterface({ input: socket })) {
      if (inText) {
        inText = line !== '.';
        if (!inText) take(socket);
      } else if (line === 'DATA' && behind === 'hang before') {
        hanging += 1;
      } else if (line === 'DATA') {
        inText = true;
        socket.write('354 go on\r\n');
      } else {
        socket.write('250 fine\r\n');
        if (line === 'QUIT') socket.end();
      }
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hold: () => void (held = true),
    hangUp: () => void (behind = 'hang up'),
    hangBefore: () => void (behind = 'hang before'),
    hanging: () => hanging,
    carryOn: () => {
      held = false;
      behind = 'answer';
      for (const answer of waiting.splice(0)) answer();
    },
    begun: () => begun,
    taken: () => taken,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
