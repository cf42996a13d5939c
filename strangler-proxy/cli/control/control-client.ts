import { z } from 'zod';
import { type CompletionLook, completionLookSchema } from '#contracts/strangler/completion.js';
import {
  type AuditEntry,
  auditCheckSchema,
  auditEntrySchema,
  capabilityViewSchema,
  type CapabilityView,
} from '#contracts/strangler/control-plane.js';
import {
  type AddedToken,
  addedTokenSchema,
  callerSchema,
  type Role,
  type TokenList,
  tokenListSchema,
} from '#contracts/strangler/admin-tokens.js';
import { type GatewayList, gatewayListSchema } from '#contracts/strangler/known-gateways.js';
import { AppError } from '#platform/errors/app-error.js';
import { notConfirmed, notReachable } from '../output/exit-codes.js';
import { withoutSystem } from '../system/without-system.js';
import type { Places } from '../system/locate-system.js';
import { AnswerLost, askLeader, type ControlAccess, type Question } from './ask-leader.js';
import { changeOnce, waitUntilSeen } from './change-once.js';
import { claimOf, type Why } from './why.js';

export type { Why } from './why.js';

/** The control plane, as commands use it. */
export interface ControlClient {
  /** All capabilities with a service. */
  list(): Promise<CapabilityView[]>;
  look(capability: string): Promise<CapabilityView>;
  /** What another share would move; changes nothing. */
  plan(capability: string, percent: number): Promise<CapabilityView>;
  /** What completing it needs, and how far it is; changes nothing. */
  completion(capability: string): Promise<CompletionLook>;
  /** The newest entries of the audit, newest first. */
  audit(limit: number): Promise<AuditEntry[]>;
  /** Gateways that serve, or vanished without saying good-bye. */
  gateways(): Promise<GatewayList>;
  /**
   * Forgets one of them.
   * @param version of the list that this was decided on
   * @throws AppError `wrong_usage` where it is not known, `failed` while it is there, `version_mismatch`, `not_confirmed`
   */
  forgetGateway(adminUrl: string, why: Why, version: number): Promise<GatewayList>;
  /** What is wrong with the audit, with all of its archive; null where nothing is. */
  checkAudit(): Promise<string | null>;
  /**
   * Changes the capability, if it is still at that version; to pause or roll back is always right. Where the answer is lost,
   * the audit is asked for a while what became of it.
   * @throws AppError `not_confirmed` when that does not tell either, `not_reachable` when it was never asked
   */
  change(
    view: Pick<CapabilityView, 'capability' | 'version'>,
    action: 'share' | 'rollback' | 'pause' | 'resume' | 'complete' | 'drop' | 'abandon',
    body: Why & Record<string, unknown>,
  ): Promise<CapabilityView>;
  tokens(): Promise<TokenList>;
  /** @param version of the list that the change was decided on */
  addToken(name: string, role: Role, why: Why, version: number): Promise<AddedToken>;
  revokeToken(name: string, why: Why, version: number): Promise<TokenList>;
}

/** Longest wait for one answer, in milliseconds: a changed flag is seen within seconds. */
const answerTimeout = 15_000;

/** What somebody asks for in need, and what is right whatever has changed since they looked. */
const alwaysRight: ReadonlySet<string> = new Set(['pause', 'rollback']);
/** How often such a change is tried on the newest version, while others change the same capability. */
const mostAttempts = 20;

/**
 * @param answerMs longest wait for one answer, in milliseconds, where nobody asks for more patience
 * @throws AppError `not_reachable` when nobody has said where the control plane is
 */
export function openControl(places: Places, answerMs = answerTimeout): ControlClient {
  const { control, dataDir } = places;
  const patience = answerMs * places.patience;
  if (!control)
    throw notReachable(
      `Where is the control plane? ${withoutSystem(dataDir)} For another one set CONTROL_URL and CONTROL_TOKEN.`,
    );
  const get = <Schema extends z.ZodType>(path: string, schema: Schema) =>
    askLeader(control, { method: 'GET', path, body: undefined, version: undefined, patience }, schema);
  const post = (path: string, body: object, version: number): Question => ({
    ...{ method: 'POST', path, body, version, patience },
  });
  const at = (capability: string) => `/capabilities/${encodeURIComponent(capability)}`;
  const look = (capability: string) => get(at(capability), capabilityViewSchema);
  const audit = async (limit: number) => (await get(`/audit?limit=${limit}`, auditListSchema)).items;
  const gateways = () => get('/gateways', gatewayListSchema);
  const tryChange = (
    { capability, version }: Pick<CapabilityView, 'capability' | 'version'>,
    action: string,
    body: Why,
  ) =>
    changeOnce({
      asked: { capability, action, version, reason: body.reason, onBehalfOf: body.by },
      change: () => {
        const question = post(`${at(capability)}/${action}`, claimOf(body), version);
        return askLeader(control, question, capabilityViewSchema);
      },
      look: () => look(capability),
      actor: async () => {
        const { name, role } = await get('/whoami', callerSchema);
        return `${name} (${role})`;
      },
      ...{ audit, patience },
    });
  return {
    list: async () => (await get('/capabilities', listSchema)).items,
    ...{ look, audit, gateways },
    plan: (capability, percent) => get(`${at(capability)}/plan?percent=${percent}`, capabilityViewSchema),
    completion: (capability) => get(`${at(capability)}/completion`, completionLookSchema),
    async forgetGateway(adminUrl, why, version) {
      try {
        const question = post('/gateways/forget', { adminUrl, ...claimOf(why) }, version);
        return await askLeader(control, question, gatewayListSchema);
      } catch (error) {
        if (!(error instanceof AnswerLost)) throw error;
        return whenForgotten(gateways, adminUrl, patience, error);
      }
    },
    checkAudit: async () => (await get('/audit/check', auditCheckSchema)).broken,
    async change(view, action, body) {
      for (let attempt = 1, seen = view; ; attempt += 1) {
        try {
          return await tryChange(seen, action, body);
        } catch (error) {
          if (!alwaysRight.has(action) || !isStale(error) || attempt === mostAttempts) throw error;
          seen = await look(view.capability);
        }
      }
    },
    tokens: () => get('/tokens', tokenListSchema),
    addToken: (name, role, why, version) =>
      changeTokens(control, post('/tokens', { name, role, ...claimOf(why) }, version), addedTokenSchema),
    revokeToken: (name, why, version) => {
      const path = `/tokens/${encodeURIComponent(name)}/revoke`;
      return changeTokens(control, post(path, claimOf(why), version), tokenListSchema);
    },
  };
}

function isStale(error: unknown): boolean {
  return error instanceof AppError && error.code === 'version_mismatch';
}

/** The list without the gateway. @throws AppError `not_confirmed` where it stays in there, or nobody can say */
async function whenForgotten(
  gateways: () => Promise<GatewayList>,
  adminUrl: string,
  patience: number,
  lost: AnswerLost,
): Promise<GatewayList> {
  let list: GatewayList | undefined;
  await waitUntilSeen(patience, async () => {
    const now = await gateways();
    if (now.items.every((one) => one.adminUrl !== adminUrl)) list = now;
    return list !== undefined;
  });
  if (list) return list;
  throw notConfirmed(
    `${lost.message}. "npx strangler gateways list" shows whether ${adminUrl} is forgotten.`,
  );
}

async function changeTokens<Schema extends z.ZodType>(
  access: ControlAccess,
  question: Question,
  schema: Schema,
): Promise<z.output<Schema>> {
  try {
    return await askLeader(access, question, schema);
  } catch (error) {
    if (!(error instanceof AnswerLost)) throw error;
    throw notConfirmed(
      `${error.message}. Nobody knows whether it has changed the tokens: "npx strangler token list" shows it. A token that was added, and that nobody has seen, has to be revoked.`,
    );
  }
}

const auditListSchema = z.object({ items: z.array(auditEntrySchema) });

const listSchema = z.object({ items: z.array(capabilityViewSchema) });
