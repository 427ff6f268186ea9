import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ServiceId } from '../../../../src/domain/ids.ts';
import type { DrivenChangeFeed } from '../../../../src/projections/changeFeed.ts';
import { eventually } from '../../../support/eventually.ts';
import {
  openTestApp,
  type TestApp,
  type TestClient,
  type TestSubscription,
} from '../../../support/testApp.ts';
import { newJob, readyService } from '../../../support/testJobs.ts';

let app: TestApp;
let client: TestClient;
let serviceId: ServiceId;

beforeAll(async () => {
  app = await openTestApp();
  client = await app.workspace();
  serviceId = await readyService(app, client);
});
afterAll(() => app.close());

const watched: readonly (readonly [string, string])[] = [
  ['jobUpdated', 'subscription ($id: ID!) { jobUpdated(id: $id) { position } }'],
  ['jobsUpdated', 'subscription { jobsUpdated { position } }'],
  ['jobLogs', 'subscription ($id: ID!) { jobLogs(jobId: $id) { lastSequence } }'],
  ['events', 'subscription { events { position } }'],
  ['usageUpdated', 'subscription { usageUpdated(from: "2026-01-01", to: "2026-02-01") { position } }'],
];

type Waiting = Readonly<{ next: Promise<unknown>; subscription: TestSubscription<unknown> }>;

describe.each(watched)('%s', (name, query) => {
  /** A subscription that has told what there is, and waits for news. */
  async function waiting(watcher: TestClient, signal?: AbortSignal): Promise<Waiting> {
    const id = await newJob(client, serviceId);
    const subscription = await watcher.subscribe<unknown>(query, { id }, signal);
    // A log without a line has nothing to tell yet.
    if (name !== 'jobLogs') await subscription.next();
    const next = subscription.next();
    // The test asks for it only later; until then a refusal is no unhandled one.
    next.catch(() => undefined);
    return { next, subscription };
  }

  it('ends with UNAUTHENTICATED once its token is revoked, even while it waits', async () => {
    const watcher = await app.withScopes(client, ['read', 'billing:read']);
    const { next, subscription } = await waiting(watcher);
    await client.run('mutation ($id: ID!) { revokeToken(id: $id) { position } }', {
      id: watcher.viewer.tokenId,
    });
    await expect(next).rejects.toThrow('UNAUTHENTICATED');
    expect(await subscription.next()).toBeUndefined();
  });

  it('ends with UNAUTHENTICATED once its token expires, even while it waits', async () => {
    const expiresAt = new Date(app.clock.nowMs() + 60_000).toISOString();
    const watcher = await app.withScopes(client, ['read', 'billing:read'], expiresAt);
    const { next } = await waiting(watcher);
    app.clock.advance(60_000);
    await expect(next).rejects.toThrow('UNAUTHENTICATED');
  });

  it('ends at once when its client leaves, and leaves nothing that waits', async () => {
    const { next, subscription } = await waiting(client);
    await subscription.stop();
    expect(await next).toBeUndefined();
    await nobodyWaits();
  });

  it('ends at once when its request is aborted, and leaves nothing that waits', async () => {
    const leaving = new AbortController();
    const { next } = await waiting(client, leaving.signal);
    leaving.abort();
    expect(await next).toBeUndefined();
    await nobodyWaits();
  });

  it('leaves nothing that waits where nobody asked for its first message', async () => {
    const id = await newJob(client, serviceId);
    const subscription = await client.subscribe(query, { id });
    await subscription.stop();
    expect(await subscription.next()).toBeUndefined();
    await nobodyWaits();
  });
});

async function nobodyWaits(): Promise<void> {
  const feed = app.stores.changes as DrivenChangeFeed;
  await eventually(() => feed.waiting() === 0);
}
