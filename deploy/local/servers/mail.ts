import { mailServer } from '#platform/embedded/mail-server.js';
import type { Task } from '#platform/supervision/managed-process.js';
import { type ServerSetup, startFirst } from './server-setup.js';

export interface MailPlan {
  tasks: Task[];
  smtpUrl: string;
  /** Shows the mails that were sent; none with a mail server of the user's own. */
  page: string | undefined;
}

/** A mail server that delivers nothing, or the user's own, which is not asked: the shop works while it is down. */
export function planMail({ config, dataDir, ports }: ServerSetup): MailPlan {
  if (config.SMTP_URL !== undefined) {
    const run = () => Promise.resolve('your own, from SMTP_URL');
    return {
      tasks: [{ name: 'mail', dependsOn: startFirst, run }],
      smtpUrl: config.SMTP_URL,
      page: undefined,
    };
  }
  return {
    tasks: [mailServer({ dataDir, smtpPort: ports.smtp, pagePort: ports.mail, dependsOn: startFirst })],
    smtpUrl: `smtp://127.0.0.1:${ports.smtp}`,
    page: `http://127.0.0.1:${ports.mail}`,
  };
}
