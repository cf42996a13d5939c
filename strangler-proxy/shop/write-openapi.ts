import { writeFileSync } from 'node:fs';
import { shopOpenapi } from '#contracts/shop/openapi.js';

/** Run by `npm run generate`; the gateway publishes what it writes. */
const file = new URL('openapi.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(shopOpenapi(), null, 2)}\n`);
