import type { PortName, Ports } from './settings/ports.js';
import type { ServiceName } from '../system/service-names.js';
import type { Servers } from './servers/plan-servers.js';

interface ShopProgram {
  name: string;
  /** Its entry point in the build, relative to `dist`. */
  program: string;
  args?: readonly string[];
  dependsOn: readonly string[];
  /** Its own part of the environment. */
  environment: (system: System) => Record<string, string>;
}

/** A program that does its work and ends, at every start. */
export type ShopStep = ShopProgram;

/** A program that runs as long as the system; host, port and log level come on top of its own environment. */
export interface ShopProcess extends ShopProgram {
  port: PortName;
  /** Path that answers 2xx when it is ready. */
  health: string;
  /** A second port that it listens on, which answers for its health. */
  healthPort?: PortName;
}

/** What the processes are told about each other. */
export interface System {
  servers: Servers;
  /** Those that run. */
  services: readonly ServiceName[];
  /** What gateways sign ids with, and programs check them by. */
  signingKey: string;
  /** What seals that which sagas know: `ID:KEY`, and older ones behind commas. */
  dataKeys: string;
  /** How long the gateway waits for answers, and writes for their owner: `2s`. */
  gatewayTimes: { answer: string; parking: string };
  /** How many times as long as usual all programs wait for others. */
  patience: string;
  /** The first admin's token for the control plane. */
  controlToken: string;
  ports: Ports;
  /** Address that everything listens on. */
  host: string;
  address: (port: PortName) => string;
  /** Folder where a process keeps what it must remember. */
  stateDir: (process: string) => string;
}
