#!/usr/bin/env node
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

await prepare((line) => console.log(line));
// In this same process: a signal that ends `npm start` reaches the supervisor itself, with nothing in between.
await import(pathToFileURL(join(root, 'dist/deploy/local/main.js')).href);
