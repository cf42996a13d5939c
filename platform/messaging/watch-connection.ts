import { Events, type NatsConnection } from 'nats';

/**
 * Tells when the connection to the broker is lost, each time anew.
 * @returns a function that ends it
 */
export function onDisconnect(nats: NatsConnection, listener: () => void): () => void {
  let listening = true;
  async function watch(): Promise<void> {
    for await (const { type } of nats.status()) {
      if (!listening) return;
      if (type === Events.Disconnect) listener();
    }
  }
  void watch();
  return () => {
    listening = false;
  };
}
