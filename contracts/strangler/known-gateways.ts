import { z } from 'zod';
import { defineEndpoint } from '#contracts/http/endpoint.js';
import { control, why } from './control-endpoint.js';

/** Subject on which a gateway that serves no client any more says so, and is forgotten; a control plane answers. */
export const gatewayLeftSubject = 'strangler.gateways.left';

export const gatewayLeftSchema = z.object({
  /** Its id: another one may be at the same address by now. */
  gateway: z.string(),
  adminUrl: z.string(),
});

export const gatewayLeftAnswerSchema = z.object({});

/** A gateway that has registered, and has not said since that it serves no more. */
const knownGatewaySchema = z.object({
  adminUrl: z.string(),
  gateway: z.string(),
  /** When it was first, and last, found in discovery; the latter is right to about a minute. */
  firstSeenAt: z.iso.datetime({ precision: 3 }),
  lastSeenAt: z.iso.datetime({ precision: 3 }),
});

export type KnownGateway = z.infer<typeof knownGatewaySchema>;

export const gatewayListSchema = z.object({
  /** Grows when a gateway comes, goes, or takes the address of another one; a change names it in `If-Match`. */
  version: z.int(),
  /** By address. */
  items: z.array(knownGatewaySchema),
});

export type GatewayList = z.infer<typeof gatewayListSchema>;

const gateways = { description: 'All gateways, and the version of their list', schema: gatewayListSchema };

/** The part of the admin API that is about gateways. */
export const gatewayEndpoints = {
  gateways: defineEndpoint({
    ...control({
      verb: 'gateways',
      path: '/gateways',
      summary: 'All gateways that serve, or vanished without saying good-bye',
    }),
    answers: { 200: gateways },
  }),
  forgetGateway: defineEndpoint({
    ...control({
      verb: 'forget-gateway',
      path: '/gateways/forget',
      summary: 'Forgets a gateway that is gone for good',
    }),
    method: 'POST',
    body: z.strictObject({
      ...why,
      adminUrl: z.url({ protocol: /^https?$/, error: 'must look like http://127.0.0.1:8090' }).max(255),
    }),
    answers: { 200: gateways },
  }),
} as const;
