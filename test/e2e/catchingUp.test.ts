import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EventType } from '../../src/domain/events.ts';
import type { EventStore } from '../../src/ports/eventStore.ts';
import { newEvent } from '../contracts/eventStore/events.ts';
import { eventually } from '../support/eventually.ts';
import { type Deployment, describeForms } from '../support/forms.ts';

describeForms(({ deploy }) => {
  let server: Deployment;
  beforeEach(async () => {
    server = await deploy({ ONEOFF_ENGINE: 'process' });
  });
  afterEach(() => server.dispose());

  async function get(path: string) {
    const response = await fetch(`${server.url}${path}`);
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it('a server that cannot catch up says why, and answers nothing that it does not know', async () => {
    await server.start();
    await server.end('SIGTERM');
    await appendUnknownEvent(server.openEventStore());
    const node = server.nodeFor('api');
    await rm(join(node.dataFolder, 'read-models.sqlite'), { force: true });
    const started = node.start().catch(() => undefined);
    const { body } = await eventually(async () => {
      const health = await get('/health');
      return JSON.stringify(health.body).includes('retrying') ? health : undefined;
    });
    const [projections] = body.loops as readonly unknown[];
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
    await node.end('SIGTERM');
    await started;
  }, 60_000);
});

/** An event that no program of today knows, as a newer one would leave behind. */
async function appendUnknownEvent(eventStore: EventStore): Promise<void> {
  const event = { ...newEvent(), type: 'JobTeleported' as EventType };
  await eventStore.append('job-of-tomorrow', [event], 'noStream');
  await eventStore.close();
}
