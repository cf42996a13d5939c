import type { Plant } from './gateway-process.js';

/** Mistakes in the gateway, each of which a walk has to find. */

/** Listeners to errors that a file adds are lost. @param file path without its ending */
export function errorsWithoutHandler(file: string): Plant {
  return () => `
    import { Socket } from 'node:net';
    for (const name of ['on', 'once']) {
      const add = Socket.prototype[name];
      Socket.prototype[name] = function (event, listener) {
        if (event === 'error' && new Error().stack.includes(${JSON.stringify(file)})) return this;
        return add.call(this, event, listener);
      };
    }`;
}

/** An upstream that breaks its answer off, or is late, leaves the exchange open. */
export const failureWithoutEnd: Plant = (moduleUrl) => `
  import { Exchange } from ${JSON.stringify(moduleUrl('exchange/exchange'))};
  Exchange.prototype.failed = function () {};`;

/** A client that leaves is not noticed. */
export const departureUnnoticed: Plant = (moduleUrl) => `
  import { Exchange } from ${JSON.stringify(moduleUrl('exchange/exchange'))};
  const finish = Exchange.prototype.finish;
  Exchange.prototype.clientClosed = function () {};
  Exchange.prototype.finish = function () {
    if (!this.response.destroyed) finish.call(this);
  };`;

/** A request that is given up leaves its connection to the upstream open. */
export const connectionKept: Plant = (moduleUrl) => `
  import { OpenCall } from ${JSON.stringify(moduleUrl('client/open-call'))};
  OpenCall.prototype.abort = function () {};`;

/** The end of an answer with trailers is lost. */
export const answerSwallowed: Plant = (moduleUrl) => `
  import { ClientAnswer } from ${JSON.stringify(moduleUrl('exchange/client-answer'))};
  const end = ClientAnswer.prototype.end;
  ClientAnswer.prototype.end = function (trailers) {
    if (trailers.length === 0) end.call(this, trailers);
  };`;

/** After an interim answer, nothing is forwarded any more. */
export const othersNotServed: Plant = (moduleUrl) => `
  import { Exchange } from ${JSON.stringify(moduleUrl('exchange/exchange'))};
  Exchange.prototype.informed = function () {
    this.around.forward = () => ({ abort: () => undefined });
  };`;
