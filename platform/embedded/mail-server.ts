import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ManagedProcess } from '#platform/supervision/managed-process.js';
import { pageGuard } from './page-guard.js';
import { answersHttp } from '#platform/supervision/probes.js';

export interface MailServerOptions {
  dataDir: string;
  smtpPort: number;
  pagePort: number;
  dependsOn: readonly string[];
}

/** An SMTP server that delivers nothing and shows each mail on a page; mails are kept over restarts. */
export function mailServer({ dataDir, smtpPort, pagePort, dependsOn }: MailServerOptions): ManagedProcess {
  const folder = join(dataDir, 'mail');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const url = `http://127.0.0.1:${pagePort}`;
  const program = fileURLToPath(new URL('bin/maildev.js', import.meta.resolve('maildev')));
  return {
    name: 'mail',
    command: process.execPath,
    // Its log would name every recipient.
    args: ['--import', pageGuard, program, '--silent'],
    env: {
      MAILDEV_IP: '127.0.0.1',
      MAILDEV_SMTP_PORT: String(smtpPort),
      MAILDEV_WEB_IP: '127.0.0.1',
      MAILDEV_WEB_PORT: String(pagePort),
      MAILDEV_MAIL_DIRECTORY: folder,
      MAILDEV_MAX_EMAILS: '5000',
    },
    cwd: folder,
    port: pagePort,
    alsoListensOn: [smtpPort],
    url,
    dependsOn,
    ready: answersHttp(`${url}/api/healthz`),
  };
}
