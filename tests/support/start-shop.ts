import { fileURLToPath } from 'node:url';
import type { ServiceName } from '../../deploy/system/service-names.js';
import { startThrowawayShop, type ThrowawayShop } from '../../deploy/throwaway/start-throwaway-shop.js';
import { patience, patientGateway } from './wide-limits.js';

export const repository = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Starts a whole shop for a suite, with limits that no busy machine runs into. In a run of everything it is a copy of a shop
 * that was prepared once.
 */
export function startShop({
  root = repository,
  environment = {},
  services,
  patient = false,
  fresh = false,
}: {
  /** A copy of the repository, for a shop with a planted fault. */
  root?: string;
  /** Variables on top of this program's own. */
  environment?: Record<string, string>;
  services?: readonly ServiceName[];
  /** Its programs wait for each other as long as a slow machine takes; so they do where one has been killed. */
  patient?: boolean;
  /** With empty databases, even if there is a shop to copy: one of its databases is elsewhere. */
  fresh?: boolean;
} = {}): Promise<ThrowawayShop> {
  const waits = patient ? { PATIENCE: String(patience) } : patientGateway;
  return startThrowawayShop({
    root,
    environment: { ...process.env, ...environment, ...waits },
    template: fresh ? undefined : process.env['TEST_SHOP_TEMPLATE'],
    ...(services === undefined ? {} : { services }),
  });
}
