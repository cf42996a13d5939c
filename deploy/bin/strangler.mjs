#!/usr/bin/env node
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare, root } from './prepare.mjs';

// Standard output belongs to the command, which may be asked for JSON.
await prepare((line) => console.error(line));
await import(pathToFileURL(join(root, 'dist/strangler-proxy/cli/main.js')).href);
