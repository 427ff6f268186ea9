import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ServiceEvent } from '../../../src/domain/events.ts';
import type { ServiceId, TokenId } from '../../../src/domain/ids.ts';
import {
  InvalidCursorError,
  type JobFilter,
  type JobOrder,
  type JobView,
  type Page,
} from '../../../src/ports/readModels.ts';
import type { HistoryEvent } from '../../support/histories.ts';
import { openReadSide, type ReadSide, sampleEvent } from '../../support/readSide.ts';
import {
  at,
  buildRequested,
  buildSucceeded,
  jobAssigned,
  jobCreated,
  jobFinished,
  jobStarted,
  otherWorkspaceId,
  serviceCreated,
  serviceDeleted,
  serviceId,
  tokenCreated,
  workspaceId,
} from '../../support/samples.ts';
import { tempFolder } from '../../support/tempFolder.ts';

const newest: JobOrder = { field: 'createdAt', direction: 'desc' };

describe('the read models', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let side: ReadSide;
  beforeEach(async () => {
    folder = await tempFolder();
    side = await openReadSide(folder.path);
  });
  afterEach(async () => {
    await side.close();
    await folder.remove();
  });
  const happened = async (events: readonly HistoryEvent[]) => {
    await side.append(events);
    await side.catchUp();
  };
  const createdJobs = (from: number, count: number) =>
    Array.from({ length: count }, (_, index) => createdJob(from + index));

  it('gives a list in pages without a gap or a repeat, also while more comes', async () => {
    await happened(createdJobs(0, 25));
    const seen: string[] = [];
    let after: string | undefined;
    for (let round = 0; ; round += 1) {
      const page = side.models.jobs(workspaceId, {}, newest, { first: 10, after });
      seen.push(...page.items.map(({ item }) => item.snapshot.jobId));
      after = page.items.at(-1)?.cursor;
      if (!page.hasMore) break;
      await happened(createdJobs(100 + round * 10, 10));
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => jobIdOf(24 - index)));
  });

  it('refuses a cursor that it never gave for the list, and takes no harm', async () => {
    await happened(createdJobs(0, 3));
    const [first] = side.models.jobs(workspaceId, {}, newest, { first: 1 }).items;
    const oldest: JobOrder = { field: 'createdAt', direction: 'asc' };
    const wrong = ['', 'x', '=', 'bnVsbA', 'WyJqb2JzIl0', first?.cursor ?? ''];
    for (const after of wrong) {
      expect(() => side.models.jobs(workspaceId, {}, oldest, { first: 1, after })).toThrow(
        InvalidCursorError,
      );
    }
    for (const after of wrong) {
      expect(() => side.models.auditLog(workspaceId, {}, { first: 1, after })).toThrow(InvalidCursorError);
    }
  });

  it('lists what has not happened yet after all that has', async () => {
    const startedJob = [jobCreated({ jobId: jobIdOf(1) }), jobAssigned({ jobId: jobIdOf(1) })];
    const started = jobStarted({ jobId: jobIdOf(1) });
    await happened([
      createdJob(0),
      ...[...startedJob, started].map((event) => sampleEvent(`job-${jobIdOf(1)}`, event)),
    ]);
    const ids = (direction: 'asc' | 'desc', filter: JobFilter = {}) =>
      side.models
        .jobs(workspaceId, filter, { field: 'startedAt', direction }, { first: 9 })
        .items.map(({ item }) => item.snapshot.jobId);
    expect(ids('asc')).toEqual([jobIdOf(1), jobIdOf(0)]);
    expect(ids('desc')).toEqual([jobIdOf(0), jobIdOf(1)]);
    expect(ids('asc', { started: { from: at(0) } })).toEqual([jobIdOf(1)]);
  });

  it('lists services by type and by part of their name in any case, and deleted ones only where asked to', async () => {
    const service = (id: ServiceId, name: string, serviceType: 'WEB_SERVICE' | 'CRON_JOB' = 'WEB_SERVICE') =>
      sampleEvent(`service-${id}`, serviceCreated({ serviceId: id, name, serviceType }));
    const cron: ServiceId = 'crn-00000000000000000030';
    const deleted: ServiceId = 'srv-00000000000000000020';
    await happened([
      service(serviceId, 'Größe API'),
      service(cron, 'nightly', 'CRON_JOB'),
      service(deleted, 'gone'),
      sampleEvent(`service-${deleted}`, {
        ...serviceDeleted,
        data: { serviceId: deleted, deletedAt: at(9) },
      } as never),
    ]);
    const ids = (filter: Parameters<typeof side.models.services>[1]) =>
      side.models.services(workspaceId, filter, { first: 9 }).items.map(({ item }) => item.serviceId);
    expect(ids({})).toEqual([cron, serviceId]);
    expect(ids({ includeDeleted: true })).toEqual([cron, deleted, serviceId]);
    expect(ids({ types: ['CRON_JOB'] })).toEqual([cron]);
    expect(ids({ types: [] })).toEqual([]);
    expect(ids({ nameContains: 'GRÖSSE' })).toEqual([]);
    expect(ids({ nameContains: 'GRÖ' })).toEqual([serviceId]);
    expect(ids({ nameContains: '%' })).toEqual([]);
  });

  it('tells oneoff itself which jobs wait, which a runner holds, and which builds have no result', async () => {
    const held = [
      jobCreated({ jobId: jobIdOf(1), createdAt: at(1_001) }),
      jobAssigned({ jobId: jobIdOf(1) }),
    ];
    const ended = [
      jobCreated({ jobId: jobIdOf(2) }),
      jobFinished({ kind: 'expired' }, { jobId: jobIdOf(2), attempt: null }),
    ];
    await happened([
      createdJob(0),
      ...held.map((event) => sampleEvent(`job-${jobIdOf(1)}`, event)),
      ...ended.map((event) => sampleEvent(`job-${jobIdOf(2)}`, event)),
    ]);
    const ids = (jobs: readonly JobView[]) => jobs.map(({ snapshot }) => snapshot.jobId);
    expect(ids(itemsOf(side.models.pendingJobs({ first: 9 })))).toEqual([jobIdOf(0)]);
    expect(ids(itemsOf(side.models.unfinishedJobs({ first: 9 })))).toEqual([jobIdOf(0), jobIdOf(1)]);
    expect(ids(side.models.heldJobs())).toEqual([jobIdOf(1)]);
    expect(side.models.jobCounts()).toEqual({ PENDING: 2, RUNNING: 0, SUCCEEDED: 0, FAILED: 1, CANCELED: 0 });
    await happened([sampleEvent(`job-${jobIdOf(1)}`, jobStarted({ jobId: jobIdOf(1) }))]);
    expect(ids(side.models.runningJobs(workspaceId))).toEqual([jobIdOf(1)]);
    expect(ids(side.models.runningJobs(otherWorkspaceId))).toEqual([]);
    const builds = () => side.models.pendingBuilds().map((service) => service.serviceId);
    await happened(
      [serviceCreated(), buildRequested()].map((event) => sampleEvent(`service-${serviceId}`, event)),
    );
    expect(builds()).toEqual([serviceId]);
    await happened([sampleEvent(`service-${serviceId}`, buildSucceeded())]);
    expect(builds()).toEqual([]);
  });

  it('gives the services whose jobs would run without isolation', async () => {
    const unisolated = () => side.models.unisolatedServices().map((service) => service.serviceId);
    const bare = { reference: 'any', digest: null, engine: 'process' } as const;
    const happens = (...events: readonly ServiceEvent[]) =>
      happened(events.map((event) => sampleEvent(`service-${serviceId}`, event)));
    await happens(serviceCreated(), buildRequested(), buildSucceeded({ image: bare }));
    expect(unisolated()).toEqual([serviceId]);
    const second = { buildId: 'bld-c3rfdgg6n88pa7t3a6dg' } as const;
    await happens(buildRequested(second), buildSucceeded(second));
    expect(unisolated()).toEqual([]);
  });

  it('gives the audit log newest first, by subject, by type, by token and by time', async () => {
    const tokenActor = { kind: 'token', tokenId: 'tok-00000000000000000010' as TokenId } as const;
    const ended = jobFinished({ kind: 'succeeded' }, { jobId: jobIdOf(0) });
    await happened([
      { ...createdJob(0), actor: tokenActor },
      createdJob(1),
      sampleEvent(`job-${jobIdOf(0)}`, ended),
    ]);
    const seen = (filter: Parameters<typeof side.models.auditLog>[1]) =>
      itemsOf(side.models.auditLog(workspaceId, filter, { first: 9 })).map(
        ({ subjectId, type }) => `${type} ${subjectId === jobIdOf(0) ? 0 : 1}`,
      );
    const all = ['JobFinished 0', 'JobCreated 1', 'JobCreated 0'];
    expect(seen({})).toEqual(all);
    expect(seen({ subjectId: jobIdOf(0) })).toEqual(['JobFinished 0', 'JobCreated 0']);
    expect(seen({ subjectId: jobIdOf(0), types: ['JobCreated'] })).toEqual(['JobCreated 0']);
    expect(seen({ types: ['JobCreated'] })).toEqual(['JobCreated 1', 'JobCreated 0']);
    expect(seen({ tokenId: tokenActor.tokenId })).toEqual(['JobCreated 0']);
    expect(seen({ tokenId: tokenActor.tokenId, types: ['JobFinished'] })).toEqual([]);
    expect(seen({ subjectId: jobIdOf(0), tokenId: tokenActor.tokenId })).toEqual(['JobCreated 0']);
    expect(seen({ at: { from: '2020-01-01T00:00:00Z' } })).toEqual(all);
    expect(seen({ at: { to: '2020-01-01T00:00:00Z' } })).toEqual([]);
    const [row] = itemsOf(side.models.auditLog(workspaceId, { tokenId: tokenActor.tokenId }, { first: 1 }));
    expect(row).toMatchObject({
      actor: tokenActor,
      stream: `job-${jobIdOf(0)}`,
      revision: 0,
      correlationId: 'c1',
    });
  });

  it('shows nothing of one workspace to another', async () => {
    await happened([
      sampleEvent(`service-${serviceId}`, serviceCreated()),
      sampleEvent('token-tok-00000000000000000010', tokenCreated({ tokenId: 'tok-00000000000000000010' })),
      ...[
        jobCreated({ jobId: jobIdOf(0) }),
        jobAssigned({ jobId: jobIdOf(0) }),
        jobStarted({ jobId: jobIdOf(0) }),
      ].map((event) => sampleEvent(`job-${jobIdOf(0)}`, event)),
    ]);
    const look = (owner: typeof workspaceId) => [
      side.models.service(owner, serviceId) ?? [],
      side.models.job(owner, jobIdOf(0)) ?? [],
      side.models.services(owner, {}, { first: 9 }).items,
      side.models.tokens(owner, { first: 9 }).items,
      side.models.jobs(owner, { serviceIds: [serviceId] }, newest, { first: 9 }).items,
      side.models.jobs(owner, {}, newest, { first: 9 }).items,
      side.models.runningJobs(owner),
      side.models.auditLog(owner, { subjectId: jobIdOf(0) }, { first: 9 }).items,
      side.models.auditLog(owner, {}, { first: 9 }).items,
    ];
    for (const seen of look(workspaceId)) expect(seen).not.toEqual([]);
    for (const seen of look(otherWorkspaceId)) expect(seen).toEqual([]);
    const days = { from: '2026-01-01', to: '2027-01-01' };
    await happened([
      sampleEvent(`job-${jobIdOf(0)}`, jobFinished({ kind: 'succeeded' }, { jobId: jobIdOf(0) })),
    ]);
    expect(side.models.usageTotal(workspaceId, days).jobs).toBe(1);
    expect(side.models.usageTotal(otherWorkspaceId, days)).toEqual({ jobs: 0, billedMs: 0, nanoDollars: 0n });
    expect(side.models.usage(otherWorkspaceId, days, 'JOB', { first: 9 }).items).toEqual([]);
    expect(side.models.invoiceRows(otherWorkspaceId, days)).toEqual([]);
  });
});

function itemsOf<Item>(page: Page<Item>): readonly Item[] {
  return page.items.map(({ item }) => item);
}

function jobIdOf(job: number) {
  return `job-${String(job).padStart(19, '0')}0` as const;
}

function createdJob(job: number): HistoryEvent {
  return sampleEvent(`job-${jobIdOf(job)}`, jobCreated({ jobId: jobIdOf(job), createdAt: at(1_000 + job) }));
}
