import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type ServerProcess, serverProcess } from '../support/serverProcess.ts';

let server: ServerProcess;
beforeEach(async () => {
  server = await serverProcess({ ONEOFF_ENGINE: 'process' });
});
afterEach(() => server.dispose());

async function get(path: string) {
  const response = await fetch(`${server.url}${path}`);
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

/** An event that no program of today knows, as a newer one would leave behind. */
function appendUnknownEvent(): void {
  using closing = new DisposableStack();
  const database = closing.adopt(new DatabaseSync(join(server.dataFolder, 'events.sqlite')), (opened) =>
    opened.close(),
  );
  database
    .prepare(
      `INSERT INTO events (stream, revision, category, type, id, recorded_ms, metadata, data)
       SELECT 'job-of-tomorrow', 0, 'job', 'JobTeleported', ?, recorded_ms, metadata, '{}' FROM events LIMIT 1`,
    )
    .run(randomUUID());
}

it('a server that cannot catch up says why, and answers nothing that it does not know', async () => {
  await server.start();
  await server.end('SIGTERM');
  appendUnknownEvent();
  await rm(join(server.dataFolder, 'read-models.sqlite'), { force: true });
  const started = server.start().catch(() => undefined);
  const { body } = await eventually(async () => {
    const health = await get('/health');
    return JSON.stringify(health.body).includes('retrying') ? health : undefined;
  });
  const [projections] = body['loops'] as readonly unknown[];
  expect(body).toMatchObject({ status: 'degraded', caughtUp: false });
  expect(projections).toMatchObject({
    name: 'projections',
    state: 'retrying',
    lastError: 'job-of-tomorrow@0: unknown event type JobTeleported',
  });
  expect((await get('/ready')).status).toBe(503);
  expect(await get('/graphql?query={__typename}')).toMatchObject({
    status: 503,
    body: { errors: [{ extensions: { code: 'UNAVAILABLE' } }] },
  });
  await server.end('SIGTERM');
  await started;
}, 60_000);
