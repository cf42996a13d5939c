import type { GatewayStatus } from '#contracts/strangler/gateway-status.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { FoundGateways, SilentGateway } from './find-gateways.js';

/** A gateway that has told its status, and where it was asked. */
export interface AnsweringGateway {
  adminUrl: string;
  status: GatewayStatus;
}

export interface Statuses {
  answering: AnsweringGateway[];
  silent: SilentGateway[];
}

/** Longest wait for a gateway's answer, in milliseconds, where nobody asks for more patience. */
const answerTimeout = 2_000;

/** Asks all gateways at once. One that is known by two addresses counts once. */
export async function readStatuses({
  adminUrls,
  remembered,
  hidden,
  patience,
}: Omit<FoundGateways, 'warning'>): Promise<Statuses> {
  const answers = await Promise.all(
    adminUrls.map(async (url) => {
      const answer = await ask(url, answerTimeout * patience);
      return 'why' in answer && remembered.has(url)
        ? { ...answer, why: `${answer.why}; if it is gone for good: "npx strangler gateways forget ${url}"` }
        : answer;
    }),
  );
  const answering = answers.filter((answer) => 'status' in answer);
  const silent = answers.filter((answer) => 'why' in answer);
  const seen = new Set<string>();
  const once = answering.filter(({ status }) => !seen.has(status.gateway) && seen.add(status.gateway));
  return { answering: once, silent: [...silent, ...hidden] };
}

async function ask(adminUrl: string, timeoutMs: number): Promise<AnsweringGateway | SilentGateway> {
  try {
    const response = await fetch(new URL('/status', adminUrl), {
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (!response.ok) return { adminUrl, why: `answers ${response.status}` };
    const status = (await response.json()) as Partial<GatewayStatus>;
    return isStatus(status) ? { adminUrl, status } : { adminUrl, why: 'is no gateway of ours' };
  } catch (error) {
    return { adminUrl, why: reasonOf(error) };
  }
}

function isStatus(status: Partial<GatewayStatus>): status is GatewayStatus {
  return (
    typeof status.gateway === 'string' &&
    Array.isArray(status.endpoints) &&
    Array.isArray(status.capabilities)
  );
}

function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: { code?: string } };
  return cause?.code === 'ECONNREFUSED' ? 'does not answer' : (cause?.code ?? messageOf(error));
}
