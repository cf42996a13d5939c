#!/usr/bin/env node
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

await prepare((line) => console.log(line));
await import(pathToFileURL(join(root, 'dist/deploy/test-run/main.js')).href);
