import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pageSecurityPolicy } from './secureHeaders.ts';

type WebFile = Readonly<{
  path: string;
  bytes: number;
  contentType: string;
  etag: string;
  immutable: boolean;
}>;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.ttf': 'font/ttf',
};

const notBuiltPage = `<!doctype html><html lang="en"><title>oneoff</title>
<h1>The web page is not built</h1>
<p>Run <code>npm run build:web</code>, then start oneoff again. <code>npm start</code> does both.</p>
<p>The API itself is here: send GraphQL to <code>/graphql</code>.</p></html>`;

/**
 * Serves the pages that were built into `webFolder`, at `/graphiql`. The folder is read once, at start, and only what was in it
 * then is served, so no path leads out of it. Without a build it answers a page that says how to make one.
 */
export async function serveWebPages(server: FastifyInstance, webFolder: string): Promise<void> {
  const files = await readWebFiles(webFolder);
  const sendNamed = (name: string) => (request: FastifyRequest, reply: FastifyReply) => {
    return sendFile(files.get(name), request, reply);
  };
  server.get('/', (_, reply) => reply.redirect('/graphiql'));
  for (const path of ['/graphiql', '/graphiql/']) server.get(path, sendNamed('index.html'));
  for (const name of files.keys()) server.get(`/graphiql/${name}`, sendNamed(name));
}

async function readWebFiles(webFolder: string): Promise<ReadonlyMap<string, WebFile>> {
  const entries = await readdir(webFolder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  return new Map(
    await Promise.all(
      files.map(async (entry): Promise<[string, WebFile]> => {
        const path = join(entry.parentPath, entry.name);
        const name = relative(webFolder, path).split(sep).join('/');
        return [name, await describeFile(path, name)];
      }),
    ),
  );
}

async function describeFile(path: string, name: string): Promise<WebFile> {
  return {
    path,
    bytes: (await stat(path)).size,
    contentType: contentTypes[extname(name)] ?? 'application/octet-stream',
    etag: `"${createHash('sha256')
      .update(await readFile(path))
      .digest('base64url')
      .slice(0, 22)}"`,
    // Vite puts a hash of the content into the names of what it puts there.
    immutable: name.startsWith('assets/'),
  };
}

function sendFile(file: WebFile | undefined, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.header('content-security-policy', pageSecurityPolicy);
  if (file === undefined) return reply.code(503).type('text/html; charset=utf-8').send(notBuiltPage);
  reply.header('etag', file.etag);
  reply.header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  reply.type(file.contentType).header('content-length', file.bytes);
  return reply.send(createReadStream(file.path));
}
