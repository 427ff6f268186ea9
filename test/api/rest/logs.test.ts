import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { JobId, ServiceId } from '../../../src/domain/ids.ts';
import type { LogLine } from '../../../src/ports/logStore.ts';
import { openRestServer, type RestAnswer, type RestServer } from '../../support/restServer.ts';
import type { TestClient } from '../../support/testApp.ts';
import { newJob, printLines, readyService } from '../../support/testJobs.ts';

type Log = Readonly<{
  id: string;
  message: string;
  timestamp: string;
  labels: readonly { name: string; value: string }[];
}>;
type Page = Readonly<{ hasMore: boolean; nextStartTime: string; nextEndTime: string; logs: readonly Log[] }>;

let server: RestServer;
let client: TestClient;
let serviceId: ServiceId;
let jobId: JobId;

beforeAll(async () => {
  server = await openRestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  client = await server.app.workspace();
  serviceId = await readyService(server.app, client);
  jobId = await newJob(client, serviceId);
});

const ask = (query: Readonly<Record<string, string | readonly string[]>>): Promise<RestAnswer> => {
  const parameters = new URLSearchParams({ ownerId: client.viewer.workspaceId });
  for (const [name, values] of Object.entries({ resource: jobId, ...query }))
    for (const value of [values].flat()) parameters.append(name, value);
  return server.ask(client, `/v1/logs?${parameters}`);
};
const page = async (query: Parameters<typeof ask>[0] = {}): Promise<Page> => {
  const { status, body } = await ask(query);
  expect(status).toBe(200);
  return body as Page;
};
const messages = ({ logs }: Pick<Page, 'logs'>) => logs.map(({ message }) => message);
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}`);

async function printed(id: JobId, texts: readonly Partial<LogLine>[]): Promise<void> {
  const kept = texts.map((line, index) => ({
    sequence: index + 1,
    at: new Date(server.app.clock.nowMs()).toISOString(),
    stream: 'stdout' as const,
    text: '',
    rawBase64: null,
    ...line,
  }));
  const counted = { stdoutBytes: 1, stderrBytes: 0, keptBytes: 1, capped: false, complete: true };
  await server.app.stores.logs.append(id, kept, { lastSequence: kept.length, ...counted });
}

describe('GET /v1/logs', () => {
  it('answers the newest lines first, or the oldest with direction=forward, with labels', async () => {
    await printLines(server.app, jobId, 1, 3);
    expect(messages(await page())).toEqual(['line 3', 'line 2', 'line 1']);
    const { logs } = await page({ direction: 'forward' });
    expect(messages({ logs })).toEqual(lines(1, 3));
    expect(logs[0]?.labels).toContainEqual({ name: 'resource', value: jobId });
  });

  it.each(['forward', 'backward'])(
    'pages %s by nextStartTime and nextEndTime: every line once, also where all came in one millisecond',
    async (direction) => {
      await printLines(server.app, jobId, 1, 450);
      server.app.clock.advance(5);
      await printLines(server.app, jobId, 451, 460);
      const seen: string[] = [];
      let query: Record<string, string> = { direction, limit: '100' };
      for (;;) {
        const { hasMore, nextStartTime, nextEndTime, logs } = await page(query);
        seen.push(...messages({ logs }));
        if (!hasMore) break;
        expect(logs).toHaveLength(100);
        query = { ...query, startTime: nextStartTime, endTime: nextEndTime };
      }
      expect(seen).toEqual(direction === 'forward' ? lines(1, 460) : lines(1, 460).toReversed());
    },
  );

  it('puts the lines of several jobs in order of time, and pages through them', async () => {
    const other = await newJob(client, serviceId);
    await printLines(server.app, jobId, 1, 3);
    await printLines(server.app, other, 1, 3);
    server.app.clock.advance(1);
    await printLines(server.app, jobId, 4, 5);
    const seen = new Map<string, string>();
    let query: Record<string, string | readonly string[]> = {
      resource: [jobId, other],
      direction: 'forward',
      limit: '2',
    };
    for (;;) {
      const { hasMore, nextStartTime, nextEndTime, logs } = await page(query);
      for (const { id, timestamp } of logs) seen.set(id, timestamp);
      if (!hasMore) break;
      query = { ...query, startTime: nextStartTime, endTime: nextEndTime };
    }
    expect(seen.size).toBe(8);
    expect([...seen.values()]).toEqual([...seen.values()].toSorted());
  });

  it('answers the last hour where it is asked for no time', async () => {
    await printLines(server.app, jobId, 1, 2);
    server.app.clock.advance(61 * 60 * 1000);
    expect(messages(await page())).toEqual([]);
    expect(messages(await page({ startTime: '2026-01-01T00:00:00Z' }))).toHaveLength(2);
  });

  it('filters by text, wildcard, regular expression and level', async () => {
    await printed(jobId, [
      { text: 'Migrating users' },
      { text: 'users done' },
      { text: 'failed: out of space', stream: 'stderr' },
    ]);
    const found = async (query: Record<string, string>) =>
      messages(await page({ direction: 'forward', ...query }));
    expect(await found({ text: 'USERS' })).toEqual(['Migrating users', 'users done']);
    expect(await found({ text: 'm*g u*s' })).toEqual(['Migrating users']);
    expect(await found({ text: '/^users|space$/' })).toEqual(['users done', 'failed: out of space']);
    expect(await found({ level: 'error' })).toEqual(['failed: out of space']);
    expect(await found({ type: 'request' })).toEqual([]);
  });

  it('answers an expression that would keep a backtracking engine busy at once', async () => {
    await printed(jobId, [{ text: `${'a'.repeat(5000)}!` }]);
    expect(messages(await page({ text: '/^(a+)+$/' }))).toEqual([]);
  });

  it('looks at a bounded number of lines, and tells where to go on', async () => {
    for (let from = 1; from < 25_000; from += 1000) await printLines(server.app, jobId, from, from + 999);
    const { hasMore, logs, nextStartTime, nextEndTime } = await page({
      text: 'line 24999',
      direction: 'forward',
    });
    expect([hasMore, logs]).toEqual([true, []]);
    const rest = { startTime: nextStartTime, endTime: nextEndTime };
    expect(messages(await page({ text: 'line 24999', direction: 'forward', ...rest }))).toEqual([
      'line 24999',
    ]);
  });

  it.each([
    [{ direction: 'up' }, 400, /^direction: /],
    [{ text: '/(/' }, 400, /^text: .*RE2/],
    [{ startTime: 'soon' }, 400, /^startTime: /],
    [{ resource: '' }, 400, /^resource: got "0 ids", wanted 1 to 20/],
    [{ resource: 'job-00000000000000000000' }, 404, /not found/],
    [{ ownerId: 'tea-00000000000000000000' }, 403, /^ownerId: /],
  ])('refuses %j', async (query, status, wanted) => {
    const parameters = new URLSearchParams({
      ownerId: client.viewer.workspaceId,
      resource: jobId,
      ...query,
    });
    const answer = await server.ask(client, `/v1/logs?${parameters}`);
    expect([answer.status, (answer.body as { message: string }).message]).toEqual([
      status,
      expect.stringMatching(wanted),
    ]);
  });
});

describe('WebSocket /v1/logs/subscribe', () => {
  function subscribe(query: Record<string, string> = {}, authorization = client.authorization) {
    const parameters = new URLSearchParams({ ownerId: client.viewer.workspaceId, resource: jobId, ...query });
    const socket = new WebSocket(`${server.url.replace('http', 'ws')}/v1/logs/subscribe?${parameters}`, {
      headers: { authorization },
    });
    const received: Log[] = [];
    socket.on('message', (data, isBinary) => {
      expect(isBinary).toBe(false);
      received.push(JSON.parse(String(data)) as Log);
    });
    const closed = new Promise<number>((resolve) => socket.once('close', (code) => resolve(code)));
    const refused = new Promise<{ status: number | undefined; body: string }>((resolve) => {
      socket.once('unexpected-response', (_request, response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode, body: String(Buffer.concat(chunks)) }),
        );
      });
    });
    socket.on('error', () => undefined);
    return { socket, received, closed, refused };
  }

  it('sends what is there and what comes, each line once as GET shows it, and closes with 1000 at the end', async () => {
    await printLines(server.app, jobId, 1, 2);
    const { received, closed } = subscribe();
    await expect.poll(() => received.length).toBe(2);
    await printLines(server.app, jobId, 3, 5, true);
    expect(await closed).toBe(1000);
    expect(received).toEqual((await page({ direction: 'forward' })).logs);
  });

  it('begins at startTime', async () => {
    await printLines(server.app, jobId, 1, 150);
    server.app.clock.advance(10);
    const startTime = new Date(server.app.clock.nowMs()).toISOString();
    await printLines(server.app, jobId, 151, 160, true);
    const { received, closed } = subscribe({ startTime, text: 'line' });
    expect(await closed).toBe(1000);
    expect(messages({ logs: received })).toEqual(lines(151, 160));
  });

  it('closes with 4401 once the token is revoked', async () => {
    const other = await server.app.withScopes(client, ['read']);
    await printLines(server.app, jobId, 1, 1);
    const { received, closed } = subscribe({}, other.authorization);
    await expect.poll(() => received.length).toBe(1);
    await client.run('mutation ($id: ID!) { revokeToken(id: $id) { position } }', {
      id: other.viewer.tokenId,
    });
    expect(await closed).toBe(4401);
  });

  it.each([
    ['a wrong token', {}, 401],
    ['another owner', { ownerId: 'tea-00000000000000000000' }, 403],
    ['an unknown job', { resource: 'job-00000000000000000000' }, 404],
    ['a text that is no expression', { text: '/(/' }, 400],
  ])('refuses %s before the upgrade, in JSON', async (what, query, status) => {
    const authorization = what === 'a wrong token' ? 'Bearer wrong' : client.authorization;
    const refusal = await subscribe(query, authorization).refused;
    expect(refusal.status).toBe(status);
    expect(JSON.parse(refusal.body)).toMatchObject({ id: expect.any(String), message: expect.any(String) });
  });
});
