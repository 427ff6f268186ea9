import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ApiServerHarness, startApiServer } from '../support/apiServerHarness.ts';
import { describeWithChromium } from '../support/chromium.ts';
import { eventually } from '../support/eventually.ts';
import { tempFolder } from '../support/tempFolder.ts';

const root = join(import.meta.dirname, '..', '..');
let folder: Awaited<ReturnType<typeof tempFolder>>;

beforeAll(async () => {
  folder = await tempFolder();
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', 'web', '--logLevel', 'error', '--outDir', folder.path, '--emptyOutDir'];
  await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
  });
}, 120_000);
afterAll(() => folder.remove());

/** Only named in what is written, in documentation that one may follow, or as the name of a vocabulary: never loaded. */
const namedHosts = [
  'www.w3.org',
  'json-schema.org',
  'yarnpkg.com',
  'react.dev',
  'prettier.io',
  'en.wikipedia.org',
  'commonmark.org',
  'code.visualstudio.com',
  'microsoft.com',
  'github.com',
];

describe('the built page', () => {
  const texts = async () => {
    const names = await readdir(folder.path, { recursive: true });
    const textNames = names.filter((name) => ['.html', '.js', '.css', '.svg'].includes(extname(name)));
    return Promise.all(
      textNames.map(async (name) => [name, await readFile(join(folder.path, name), 'utf8')] as const),
    );
  };

  test('loads nothing from another host: no script, style, font, image, worker or import', async () => {
    const foreign =
      /(?:url\(|import\(|from|@import|src=|href=|fetch\(|importScripts\(|new Worker\()\s*["'`]?(?:https?:)?\/\/[\w.-]+/g;
    for (const [name, text] of await texts()) expect([name, text.match(foreign)]).toEqual([name, null]);
  });

  test('names no hosts but those that are known to be only named', async () => {
    const hosts = new Set<string>();
    for (const [, text] of await texts()) {
      for (const [, host] of text.matchAll(/https?:\/\/([\w.-]*\w)/g))
        if (host !== undefined) hosts.add(host);
    }
    expect([...hosts].filter((host) => !namedHosts.includes(host))).toEqual([]);
  });

  test('has all that it loads under /graphiql/', async () => {
    const html = await readFile(join(folder.path, 'index.html'), 'utf8');
    const loaded = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, path]) => path);
    expect(loaded.length).toBeGreaterThan(1);
    for (const path of loaded) expect(path).toMatch(/^\/graphiql\//);
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
  });
});

describeWithChromium('the page in a browser', (launch) => {
  let api: ApiServerHarness;
  let browser: Browser;
  const requested = new Set<string>();
  const complaints: string[] = [];

  beforeAll(async () => {
    api = await startApiServer({ webFolder: folder.path });
    browser = await launch();
  }, 60_000);
  afterAll(async () => {
    await browser.close();
    await api.close();
  });

  async function open(context?: BrowserContext): Promise<Page> {
    const page = await (context ?? browser).newPage();
    page.on('request', (request) => requested.add(new URL(request.url()).origin));
    page.on('websocket', (socket) => requested.add(new URL(socket.url()).origin.replace('ws', 'http')));
    page.on('console', (message) => {
      // A query that is run before the editor has taken note of all of it is answered with 400.
      if (message.type() === 'error' && !message.text().includes('400')) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    await page.goto(`${api.url}/`);
    await page.getByLabel('API token').waitFor();
    return page;
  }

  async function enterToken(page: Page): Promise<void> {
    await page.getByLabel('API token').fill(api.authorization.replace('Bearer ', ''));
    await expect.poll(() => page.locator('.token output').textContent()).toContain('In use');
    await page.locator('.graphiql-query-editor .monaco-editor').waitFor();
  }

  /** `typed` lacks its last brackets: the editor closes what one opens. It takes note of what is typed a moment later. */
  async function run(page: Page, typed: string, expected: string): Promise<void> {
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(typed);
    const answer = page.locator('.result-window .view-lines');
    const shown = async () => (await answer.textContent())?.replace(/\s+/g, ' ');
    // Again only after a while: the keys that start a subscription also stop it.
    const runOnce = async () => {
      await page.keyboard.press('Control+Enter');
      await expect.poll(shown, { timeout: 3_000, interval: 50 }).toContain(expected);
      return true;
    };
    await eventually(runOnce, { deadlineMs: 20_000 });
  }

  test('runs a query and a subscription with the token that is typed in, asking nobody but its own server', async () => {
    const page = await open();
    await enterToken(page);
    expect(await page.locator('.graphiql-query-editor .view-lines').textContent()).toContain('Welcome');
    await run(page, '{ workspace', '"workspace": "wks-c3rfdgg6n88pa7t3a6ag"');
    await run(page, 'subscription { count(to: 3)', '"count": 3');

    expect([...requested].filter((origin) => origin !== api.url && origin !== 'null')).toEqual([]);
    expect(complaints).toEqual([]);
  }, 90_000);

  test('asks for a token first, and sends nothing to the API before it has one', async () => {
    const page = await browser.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    page.on('websocket', (socket) => asked.push(new URL(socket.url()).pathname));
    await page.goto(`${api.url}/`, { waitUntil: 'networkidle' });
    await page.getByText('Enter an API token to begin').waitFor();
    expect(asked.filter((path) => path === '/graphql')).toEqual([]);
  });

  test('keeps the token for its tab, over a reload, and nowhere else', async () => {
    const page = await open(await browser.newContext());
    const token = api.authorization.replace('Bearer ', '');
    await page.getByLabel('API token').fill(token);
    await page.reload();
    await expect.poll(() => page.getByLabel('API token').inputValue()).toBe(token);
    expect(JSON.stringify(await page.context().storageState())).not.toContain(token);
    const other = await open(page.context());
    expect(await other.getByLabel('API token').inputValue()).toBe('');
  });
});
