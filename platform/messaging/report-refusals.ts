import { ErrorCode, Events, type NatsConnection } from 'nats';
import { noteCaught } from '#platform/telemetry/guarded.js';

/** The same refusal is reported again after this time, in milliseconds. */
const quietFor = 60_000;
/** Most refusals that are told apart. */
const mostKnown = 200;

/**
 * Reports each subject that the broker does not let this account publish or subscribe to: its permissions lack something, or
 * the program does what it should not do.
 * @param account as the report names it
 */
export function reportRefusals(nats: NatsConnection, account: string): void {
  const reported = new Map<string, number>();

  function report(operation: string, subject: string): void {
    const key = `${operation} ${subject}`;
    const now = performance.now();
    if (now - (reported.get(key) ?? -Infinity) < quietFor) return;
    if (reported.size >= mostKnown) reported.clear();
    reported.set(key, now);
    const verb = operation === 'publish' ? 'publish' : 'subscribe';
    noteCaught(
      'permissions at NATS',
      new Error(`NATS does not let the account ${account} ${verb} to ${subject}`),
    );
  }

  async function watch(): Promise<void> {
    for await (const { type, data, permissionContext } of nats.status()) {
      if (type !== Events.Error || data !== ErrorCode.PermissionsViolation) continue;
      if (permissionContext) report(permissionContext.operation, permissionContext.subject);
    }
  }
  watch().catch((error: unknown) => noteCaught('watching for refusals', error));
}
