import type { GatewayList, KnownGateway } from '#contracts/strangler/known-gateways.js';
import { AppError } from '#platform/errors/app-error.js';
import type { ControlClient, Why } from '../control/control-client.js';

/** How often it is tried on the newest list: others come and go by themselves. */
const mostAttempts = 20;

/**
 * Lets the control plane forget the gateway that is at an address now, and none that takes the address meanwhile.
 * @throws AppError `wrong_usage` where none is known there, `failed` while it is there, or when it has registered again
 */
export async function forgetGateway(
  control: Pick<ControlClient, 'gateways' | 'forgetGateway'>,
  adminUrl: string,
  why: Why,
): Promise<void> {
  let list = await control.gateways();
  const meant = gatewayAt(list, adminUrl);
  for (let attempt = 1; ; attempt += 1) {
    try {
      list = await control.forgetGateway(adminUrl, why, list.version);
      break;
    } catch (error) {
      const isStale = error instanceof AppError && error.code === 'version_mismatch';
      if (!isStale || attempt === mostAttempts) throw error;
      list = await control.gateways();
      if (gatewayAt(list, adminUrl)?.gateway !== meant?.gateway)
        throw new AppError(
          'failed',
          `Another gateway is at ${adminUrl} by now, or none: look at "npx strangler gateways list" again.`,
        );
    }
  }
  if (gatewayAt(await control.gateways(), adminUrl))
    throw new AppError('failed', `The gateway at ${adminUrl} was forgotten, and has registered again since.`);
}

function gatewayAt({ items }: GatewayList, adminUrl: string): KnownGateway | undefined {
  return items.find((one) => one.adminUrl === adminUrl);
}
