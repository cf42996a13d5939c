import { writeFileSync } from 'node:fs';
import { eventsPage } from '#contracts/shop/events/events-page.js';

/** Run by `npm run generate`. */
writeFileSync(new URL('../../docs/events.md', import.meta.url), eventsPage());
