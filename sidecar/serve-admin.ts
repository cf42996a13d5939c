import type { RequestListener } from 'node:http';
import type { Registry } from 'prom-client';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { ApplyStatus } from './apply/run-apply.js';
import type { CaptureStatus } from './capture/run-capture.js';
import type { EventsStatus } from './events/run-events.js';
import type { OwnershipStatus } from './ownership/run-ownership.js';
import type { ReplicationStatus } from './retirement/run-retirement.js';

/** What `GET /status` answers. */
export interface SidecarStatus {
  program: string;
  side: string;
  /** By capability. */
  captures: Record<string, CaptureStatus>;
  appliers: Record<string, ApplyStatus>;
  ownerships: Record<string, OwnershipStatus>;
  events: Record<string, EventsStatus>;
  /** Captures and appliers of one that has ended are missing above. */
  replications: Record<string, ReplicationStatus>;
}

/**
 * Health, metrics and status, for supervisors and people; nothing here changes anything.
 * Ready means that nothing waits for a person: `stopped` is not ready.
 */
export function serveAdmin(registry: Registry, status: () => SidecarStatus): RequestListener {
  return (request, response) => {
    function answer(code: number, body: unknown): void {
      response.writeHead(code, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    }
    async function answerMetrics(): Promise<void> {
      response.writeHead(200, { 'content-type': registry.contentType }).end(await registry.metrics());
    }
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET') return answer(405, { status: 'method not allowed' });
    if (path === '/metrics')
      return void answerMetrics().catch((error: unknown) => answer(500, { status: messageOf(error) }));
    if (path === '/status') return answer(200, status());
    if (path === '/health/live') return answer(200, { status: 'live' });
    if (path === '/health/ready') {
      const { ready, waitingFor } = readiness(status());
      return answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not ready', waitingFor });
    }
    return answer(404, { status: 'not found' });
  };
}

interface Role {
  state: string;
  message?: string;
  failure?: { message: string };
}

function readiness({ captures, appliers, ownerships, replications }: SidecarStatus): {
  ready: boolean;
  waitingFor: string[];
} {
  const roles: [string, Record<string, Role>][] = [
    ['capture', captures],
    ['applier', appliers],
    ['ownership', ownerships],
    ['replication', replications],
  ];
  const waitingFor = roles.flatMap(([role, byCapability]) =>
    Object.entries(byCapability)
      .filter(([, { state }]) => state === 'starting' || state === 'stopped')
      .map(([capability, { state, message, failure }]) => {
        const reason = failure?.message ?? message;
        return `${role} of ${capability} is ${state}${reason ? `: ${reason}` : ''}`;
      }),
  );
  if (Object.keys(ownerships).length === 0) waitingFor.push('database and broker');
  return { ready: waitingFor.length === 0, waitingFor };
}
