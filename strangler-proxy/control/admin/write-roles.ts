import { writeFileSync } from 'node:fs';
import { rolesPage } from './roles-page.js';

/** Run by `npm run generate`. */
writeFileSync(new URL('../../../docs/admin-roles.md', import.meta.url), rolesPage());
