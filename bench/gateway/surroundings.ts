import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { appliedUpToSubject } from '#contracts/strangler/applied-up-to.js';
import { connectNats } from '#platform/messaging/connect-nats.js';

/** What is started for a run, ended in reverse. */
export interface Started {
  end(): Promise<void> | void;
}

/** Runs a program on one core. */
export function runOn(core: number, command: readonly string[]): ChildProcess & Started {
  const child = spawn('taskset', ['-c', String(core), ...command], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return Object.assign(child, {
    end: () => {
      child.kill('SIGTERM');
      return ended;
    },
  });
}

/** @throws when nobody listens on the port within ten seconds */
export async function untilListening(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    if (await isListening(port)) return;
    await pause(50);
  }
  throw new Error(`nobody listens on port ${port}`);
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const settle = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => settle(true)).once('error', () => settle(false));
  });
}

/** Answers as Unleash does, for one flag at 50 % of requests. */
export function serveFlags(port: number): Started {
  const parameters = { rollout: '50', stickiness: 'random', groupId: 'inventory.get' };
  const flag = {
    name: 'inventory.get',
    enabled: true,
    strategies: [{ name: 'flexibleRollout', parameters, constraints: [] }],
  };
  const body = JSON.stringify({ version: 2, features: [flag] });
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'application/json').end(body),
  );
  server.listen(port, '127.0.0.1');
  return {
    end: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Says every 100 ms, as a sidecar does, that the replica holds all that was written. */
export async function keepReplicaFresh(natsUrl: string): Promise<Started> {
  const nats = await connectNats('bench', natsUrl);
  const timer = setInterval(() => {
    const now = Date.now();
    const said = { capability: 'inventory', side: 'service', writtenAt: now, appliedAt: now };
    nats.publish(appliedUpToSubject('inventory', 'service'), JSON.stringify(said));
  }, 100);
  return {
    end: () => {
      clearInterval(timer);
      return nats.close();
    },
  };
}
