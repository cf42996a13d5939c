import { writeFileSync } from 'node:fs';
import { growthPage } from './growth-page.js';

/** Run by `npm run generate`. */
writeFileSync(new URL('../../docs/growth.md', import.meta.url), growthPage());
