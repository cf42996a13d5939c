import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '#platform/errors/app-error.js';
import { messageOf } from '#platform/telemetry/message-of.js';
import type { GatewayConfig } from '../config/gateway-config.js';

interface Page {
  type: string;
  body: Buffer;
}

/** Answers a request for a document of the gateway's own; false where there is none at this path. */
export type ServeDocument = (request: IncomingMessage, response: ServerResponse) => boolean;

/** Nothing but the page's own files: no other host, no script in the page. Its styles are set by script, hence inline. */
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'";

/**
 * Reads the API's description, and the pages to read it with, into memory.
 * @param configFile the document's path is relative to it
 * @throws AppError `invalid_config` where the document can't be read, or is not JSON
 */
export function loadDocuments(documents: GatewayConfig['documents'], configFile: string): ServeDocument {
  if (documents?.openapi === undefined) return () => false;
  const pages = new Map<string, Page>([
    ['/openapi.json', readOpenApi(resolve(dirname(configFile), documents.openapi))],
  ]);
  if (documents.docs) for (const [path, page] of docPages()) pages.set(path, page);
  return (request, response) => {
    const page = pages.get((request.url ?? '').split('?', 1)[0] ?? '');
    if (!page || (request.method !== 'GET' && request.method !== 'HEAD')) return false;
    response.writeHead(200, {
      'content-type': page.type,
      'content-length': page.body.length,
      'content-security-policy': policy,
      'x-content-type-options': 'nosniff',
    });
    response.end(page.body);
    return true;
  };
}

function readOpenApi(file: string): Page {
  try {
    const body = readFileSync(file);
    JSON.parse(body.toString('utf8'));
    return { type: 'application/json; charset=utf-8', body };
  } catch (cause) {
    throw new AppError(
      'invalid_config',
      `documents.openapi: ${file} is not a JSON document that can be read: ${messageOf(cause)}`,
      { cause },
    );
  }
}

function docPages(): [string, Page][] {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  const asset = (name: string, type: string): [string, Page] => [
    `/docs/${name}`,
    { type, body: readFileSync(join(folder, name)) },
  ];
  const html: Page = { type: 'text/html; charset=utf-8', body: Buffer.from(page) };
  return [
    ['/docs', html],
    ['/docs/', html],
    ['/docs/start.js', { type: 'text/javascript; charset=utf-8', body: Buffer.from(start) }],
    asset('swagger-ui.css', 'text/css; charset=utf-8'),
    asset('swagger-ui-bundle.js', 'text/javascript; charset=utf-8'),
    asset('favicon-32x32.png', 'image/png'),
  ];
}

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>API</title>
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png" />
  </head>
  <body>
    <div id="api"></div>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

const start = "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#api', deepLinking: true });\n";
