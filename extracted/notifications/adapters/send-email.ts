import { createTransport } from 'nodemailer';
import type { SendMessage, SendResult } from '../use-cases/message-sender.js';

/** Bounds of one attempt, in milliseconds: together they stay well below a sender's lease. */
const limits = { connectionTimeout: 5_000, greetingTimeout: 5_000, socketTimeout: 10_000 };

/**
 * Sends by SMTP, one connection for each mail.
 * @param smtpUrl `smtp://[user:password@]host:port`
 * @param from sender as in `Shop <orders@shop.example>`
 */
export function emailSender(smtpUrl: string, from: string): SendMessage {
  const transport = createTransport({ url: smtpUrl, ...limits });
  return async ({ id, to, subject, body }) => {
    try {
      await transport.sendMail({ from, to, subject, text: body, messageId: `<${id}@notifications.shop>` });
      return { result: 'sent' };
    } catch (error) {
      return judgeSmtpError(error);
    }
  };
}

/**
 * Tells a refusal for good from a failure of the moment. Only what is said about this recipient or this text
 * is final, and what can't even be written as a mail: a server that refuses our log-in or our sender's address is set up wrongly, and that can be mended.
 */
export function judgeSmtpError(error: unknown): SendResult {
  const {
    responseCode = 0,
    command,
    message,
  } = error as {
    responseCode?: number;
    command?: string;
    message?: string;
  };
  const aboutThisMail = command === 'RCPT TO' || command === 'DATA';
  if ((aboutThisMail && responseCode >= 500) || command === 'API')
    return { result: 'refused', reason: String(message) };
  return { result: 'failed', cause: error };
}
