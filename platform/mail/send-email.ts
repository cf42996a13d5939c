import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { createTransport } from 'nodemailer';
import { guarded } from '#platform/telemetry/guarded.js';
import type { OutgoingMessage, SendMessage, SendResult, WaitingReply } from './send-message.js';

/** How long each part of a conversation may take, in milliseconds. */
export interface MailLimits {
  /** From the connection to the end of the text. */
  textMs: number;
  /** From the end of the text, until the answer is waited for beside everything else. */
  promptMs: number;
  /** From the end of the text to its answer: RFC 5321, 4.5.3.2.6, asks for 10 minutes. */
  replyMs: number;
}

/** The first two together are below the time that one sending may take under the guard. */
const mailLimits: MailLimits = { textMs: 20_000, promptMs: 4_000, replyMs: 10 * 60_000 };

/**
 * Sends by SMTP, one connection for each mail. A mail whose text is whole counts as handed over: a server that takes its
 * time to answer, or loses the connection, may have taken it.
 * @param smtpUrl `smtp://[user:password@]host:port`
 * @param from sender as in `Shop <orders@shop.example>`
 */
export function emailSender(smtpUrl: string, from: string, limits: MailLimits = mailLimits): SendMessage {
  return async (message) => {
    const conversation = converse(smtpUrl, from, message, limits);
    const slow = conversation.textSent.then(() => sleep(limits.promptMs, undefined, { ref: false }));
    const waiting: WaitingReply = {
      ...{ result: 'waiting', reply: conversation.reply, stop: conversation.stop },
    };
    return Promise.race([conversation.reply, slow.then(() => waiting)]);
  };
}

interface Conversation {
  /** Settles once the text is whole, or never. */
  textSent: Promise<void>;
  reply: Promise<SendResult>;
  stop: () => void;
}

function converse(
  url: string,
  from: string,
  { id, to, subject, body }: OutgoingMessage,
  { textMs, replyMs }: MailLimits,
): Conversation {
  const socket = new Socket();
  const giveUpAfter = (ms: number, what: string) =>
    setTimeout(
      guarded('the time limit of a mail', () => socket.destroy(new Error(`no ${what} within ${ms} ms`))),
      ms,
    );
  let timer = giveUpAfter(textMs, 'end of the text');
  let whole = false;
  let tellTextSent = (): void => undefined;
  const textSent = new Promise<void>((resolve) => (tellTextSent = resolve));
  const endText = () => {
    whole = true;
    clearTimeout(timer);
    timer = giveUpAfter(replyMs, 'answer to the text');
    tellTextSent();
  };
  // Silence is judged by the deadlines above, which end the connection.
  const limits = { connectionTimeout: textMs, greetingTimeout: textMs, socketTimeout: textMs + replyMs };
  const transport = createTransport({ url, socket, logger: textWatcher(endText), ...limits });
  const mail = { from, to, subject, text: body, messageId: `<${id}@notifications.shop>` };
  const reply = transport
    .sendMail(mail)
    .then((): SendResult => ({ result: 'sent' }))
    .catch((error: unknown) => judgeSmtpError(error, whole))
    .finally(() => clearTimeout(timer));
  return { textSent, reply, stop: () => void socket.destroy(new Error('the answer is not waited for')) };
}

/** Nodemailer tells its log alone when a text has been sent to its end, final dot included: as the transaction `message`. */
function textWatcher(endText: () => void) {
  const ignore = (): void => undefined;
  const watch = (entry: { tnx?: unknown }): void => {
    if (entry.tnx === 'message') endText();
  };
  return {
    level: ignore,
    trace: ignore,
    debug: ignore,
    info: watch,
    warn: ignore,
    error: ignore,
    fatal: ignore,
  };
}

/**
 * Tells a refusal for good from a failure of the moment, and both from silence. Only what is said about this recipient or
 * this text is final, and what can't even be written as a mail: a server that refuses our log-in or our sender's address is
 * set up wrongly, and that can be mended.
 * @param whole was the text sent to its end? Then only an answer of the server tells that it was not taken
 */
export function judgeSmtpError(error: unknown, whole: boolean): SendResult {
  const { responseCode, command, message } = error as {
    responseCode?: number;
    command?: string;
    message?: string;
  };
  const aboutThisMail = command === 'RCPT TO' || command === 'DATA';
  if ((aboutThisMail && (responseCode ?? 0) >= 500) || command === 'API')
    return { result: 'refused', reason: String(message) };
  return { result: whole && responseCode === undefined ? 'unanswered' : 'failed', cause: error };
}
