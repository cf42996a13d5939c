import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export interface OwnMailServer {
  smtpUrl: string;
  mailUrl: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A mail server of a test's own, which can be away. It is not running until it is started. */
export async function ownMailServer(): Promise<OwnMailServer> {
  const [smtpPort, pagePort] = [await freePort(), await freePort()];
  const mailUrl = `http://127.0.0.1:${pagePort}`;
  let child: ChildProcess | undefined;
  return {
    smtpUrl: `smtp://127.0.0.1:${smtpPort}`,
    mailUrl,
    start: async () => {
      const program = fileURLToPath(new URL('bin/maildev.js', import.meta.resolve('maildev')));
      const ports = { MAILDEV_SMTP_PORT: String(smtpPort), MAILDEV_WEB_PORT: String(pagePort) };
      const env = {
        PATH: process.env['PATH'],
        MAILDEV_IP: '127.0.0.1',
        MAILDEV_WEB_IP: '127.0.0.1',
        ...ports,
      };
      child = spawn(process.execPath, [program], { env, stdio: 'ignore' });
      while (
        !(await fetch(`${mailUrl}/api/healthz`).then(
          ({ ok }) => ok,
          () => false,
        ))
      )
        await sleep(50);
    },
    stop: async () => {
      if (!child || child.exitCode !== null) return;
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

export interface StubbornSmtpServer {
  smtpUrl: string;
  /** Deliveries that were begun. */
  calls(): number;
  stop(): Promise<void>;
}

/** An SMTP server that answers every recipient with the same line, e.g. `550 no such user`. */
export async function stubbornSmtpServer(answerToRecipient: string): Promise<StubbornSmtpServer> {
  let calls = 0;
  const sockets = new Set<Socket>();
  const server = createServer(async (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).write('220 here\r\n');
    for await (const line of createInterface({ input: socket })) {
      if (line.startsWith('RCPT')) calls += 1;
      socket.write(line.startsWith('RCPT') ? `${answerToRecipient}\r\n` : '250 fine\r\n');
      if (line.startsWith('QUIT')) socket.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    smtpUrl: `smtp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls: () => calls,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
