import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ApiServerHarness, startApiServer } from '../../support/apiServerHarness.ts';
import { tempFolder } from '../../support/tempFolder.ts';

let api: ApiServerHarness;
let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
});
afterEach(async () => {
  await api.close();
  await folder.remove();
});

async function built() {
  const webFolder = join(folder.path, 'dist');
  await mkdir(join(webFolder, 'assets'), { recursive: true });
  await writeFile(join(webFolder, 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(webFolder, 'assets', 'index-abc123.js'), 'export {};');
  await writeFile(join(folder.path, 'secret.txt'), 'hunter2');
  api = await startApiServer({ webFolder });
}

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}${path}`, { headers, redirect: 'manual' });

describe('the page', () => {
  test.each(['/graphiql', '/graphiql/'])('is at %s, asked for anew each time', async (path) => {
    await built();
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(await response.text()).toContain('<title>page</title>');
  });

  test('is where / leads', async () => {
    await built();
    const response = await get('/');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/graphiql']);
  });

  test('may load nothing from another host', async () => {
    await built();
    const policy = (await get('/graphiql')).headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
  });

  test('is not sent again to one who has it', async () => {
    await built();
    const etag = (await get('/graphiql')).headers.get('etag') ?? '';
    expect((await get('/graphiql', { 'if-none-match': etag })).status).toBe(304);
    expect((await get('/graphiql', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  test('has assets that are kept for ever, because their names change with them', async () => {
    await built();
    const response = await get('/graphiql/assets/index-abc123.js');
    expect(response.headers.get('content-type')).toBe('text/javascript; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(await response.text()).toBe('export {};');
  });

  test.each([
    '/graphiql/../secret.txt',
    '/graphiql/%2e%2e/secret.txt',
    '/graphiql/..%2fsecret.txt',
    '/graphiql/assets',
    '/graphiql/none.js',
  ])('leads to no other file: %s', async (path) => {
    await built();
    const response = await get(path);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toContain('hunter2');
  });

  test('that is not built says how to build it', async () => {
    api = await startApiServer({ webFolder: join(folder.path, 'nowhere') });
    const response = await get('/graphiql');
    expect(response.status).toBe(503);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await response.text()).toContain('npm run build:web');
  });
});
