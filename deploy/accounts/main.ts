import { writeFileSync } from 'node:fs';
import { composeNatsConf } from './compose-nats-conf.js';
import { securityPage } from './security-page.js';

/** Run by `npm run generate`. */
writeFileSync(new URL('../compose/nats.conf', import.meta.url), composeNatsConf());
writeFileSync(new URL('../../docs/security.md', import.meta.url), securityPage());
