import { setTimeout as sleep } from 'node:timers/promises';
import { Events, type NatsConnection } from 'nats';

/** What an account tried, and whether the broker let it. */
export interface Probed {
  use: 'publish' | 'subscribe';
  subject: string;
  allowed: boolean;
}

/**
 * Publishes to subjects and subscribes to them, and says which of that the broker has refused. A wildcard is published to with a
 * token in its place.
 */
export async function probeAccount(nats: NatsConnection, subjects: readonly string[]): Promise<Probed[]> {
  const refused = new Set<string>();
  const watching = watch(nats, refused);
  for (const subject of subjects) nats.publish(sampleOf(subject));
  const subscriptions = subjects.map((subject) => nats.subscribe(subject, { callback: () => undefined }));
  // The broker has answered with all refusals before it answers this.
  await nats.flush();
  await sleep(0);
  for (const subscription of subscriptions) subscription.unsubscribe();
  await nats.flush();
  watching.stop();
  return subjects.flatMap((subject) => [
    { use: 'publish', subject, allowed: !refused.has(`publish ${sampleOf(subject)}`) },
    { use: 'subscribe', subject, allowed: !refused.has(`subscription ${subject}`) },
  ]);
}

function sampleOf(subject: string): string {
  return subject.replace(/>$/, 'any.thing').replaceAll('*', 'any');
}

function watch(nats: NatsConnection, refused: Set<string>): { stop(): void } {
  const status = nats.status() as ReturnType<NatsConnection['status']> & { stop?(): void };
  void (async () => {
    for await (const { type, permissionContext } of status)
      if (type === Events.Error && permissionContext)
        refused.add(`${permissionContext.operation} ${permissionContext.subject}`);
  })();
  return { stop: () => status.stop?.() };
}
