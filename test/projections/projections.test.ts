import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DomainEvent, StreamName } from '../../src/domain/events.ts';
import {
  auditTable,
  chargesTable,
  jobCountsTable,
  jobsTable,
  openJobsTable,
  servicesTable,
  tokensTable,
  usageDaysTable,
  workspacesTable,
} from '../../src/ports/readModelTables.ts';
import { accountsProjection } from '../../src/projections/accountsProjection.ts';
import { allProjections, fingerprintOf } from '../../src/projections/allProjections.ts';
import { auditProjection } from '../../src/projections/auditProjection.ts';
import { jobsProjection } from '../../src/projections/jobsProjection.ts';
import type { Projection } from '../../src/projections/projection.ts';
import { servicesProjection } from '../../src/projections/servicesProjection.ts';
import { histories } from '../support/histories.ts';
import { memoryRows, recordHistory } from '../support/memoryRows.ts';
import { sampleEvent } from '../support/readSide.ts';
import {
  at,
  buildId,
  buildRequested,
  buildSucceeded,
  jobAssigned,
  jobCreated,
  jobFinished,
  jobId,
  jobStarted,
  runnerId,
  serviceCreated,
  serviceDeleted,
  serviceId,
  tokenCreated,
  tokenId,
  workspaceId,
} from '../support/samples.ts';

function after(projection: Projection, stream: StreamName, events: readonly DomainEvent[]) {
  const rows = memoryRows(projection);
  for (const event of recordHistory(events.map((one) => sampleEvent(stream, one)))) rows.apply(event);
  return rows;
}
const afterJob = (projection: Projection, ...events: readonly DomainEvent[]) =>
  after(projection, `job-${jobId}`, events);
const afterService = (...events: readonly DomainEvent[]) =>
  after(servicesProjection, `service-${serviceId}`, events);

describe.each(allProjections.map((projection) => [projection.name, projection] as const))(
  'the projection %s',
  (_name, projection) => {
    it('counts an event once that it is given twice, at once or later', () => {
      fc.assert(
        fc.property(histories(), (history) => {
          const events = recordHistory(history);
          const once = memoryRows(projection);
          for (const event of events) once.apply(event);
          const twice = memoryRows(projection);
          for (const event of [...events.flatMap((one) => [one, one]), ...events]) twice.apply(event);
          expect(twice.dump()).toEqual(once.dump());
        }),
      );
    });
  },
);

describe('accounts', () => {
  it('shows a workspace', () => {
    const data = { workspaceId, name: 'acme', createdAt: at(0) };
    const rows = after(accountsProjection, `workspace-${workspaceId}`, [{ type: 'WorkspaceCreated', data }]);
    const row = { workspace_id: workspaceId, purpose: 'users', created_at_ms: Date.parse(at(0)) };
    expect(rows.rows(workspacesTable)).toEqual([
      { ...row, revision: 0, view: { status: 'ACTIVE', ...data } },
    ]);
  });

  it('shows a suspended workspace as suspended, and a resumed one as active', () => {
    const created = {
      type: 'WorkspaceCreated',
      data: { workspaceId, name: 'acme', createdAt: at(0) },
    } as const;
    const suspended = { type: 'WorkspaceSuspended', data: { workspaceId, suspendedAt: at(1) } } as const;
    const resumed = { type: 'WorkspaceResumed', data: { workspaceId, resumedAt: at(2) } } as const;
    const statusAfter = (...events: Parameters<typeof after>[2]) =>
      after(accountsProjection, `workspace-${workspaceId}`, events)
        .rows(workspacesTable)
        .map(({ view }) => (view as { status: string }).status);
    expect(statusAfter(created, suspended)).toEqual(['SUSPENDED']);
    expect(statusAfter(created, suspended, resumed)).toEqual(['ACTIVE']);
  });

  it('shows a revoked token as revoked', () => {
    const revoked = { type: 'TokenRevoked', data: { tokenId, revokedAt: at(9) } } as const;
    const rows = after(accountsProjection, `token-${tokenId}`, [tokenCreated(), revoked]);
    expect(rows.rows(tokensTable)).toMatchObject([
      { token_id: tokenId, revision: 1, view: { status: 'REVOKED', revokedAt: at(9) } },
    ]);
  });
});

describe('services', () => {
  it('tells which services have a build without a result', () => {
    const pending = afterService(serviceCreated(), buildRequested());
    expect(pending.rows(servicesTable)).toMatchObject([{ builds_pending: 1, view: { revision: 1 } }]);
    const built = afterService(serviceCreated(), buildRequested(), buildSucceeded());
    expect(built.rows(servicesTable)).toMatchObject([
      { builds_pending: 0, view: { revision: 2, builds: [{ buildId, result: { status: 'SUCCEEDED' } }] } },
    ]);
  });

  it('keeps a deleted service, and folds its name for searches', () => {
    const rows = afterService(serviceCreated({ name: 'Web ÄÖ' }), serviceDeleted);
    expect(rows.rows(servicesTable)).toMatchObject([{ status: 'DELETED', name_folded: 'web äö' }]);
  });
});

describe('jobs', () => {
  const life = [jobCreated(), jobAssigned(), jobStarted(), jobFinished()] as const;
  const openAfter = (count: number) =>
    afterJob(jobsProjection, ...life.slice(0, count))
      .rows(openJobsTable)
      .map(({ holder }) => holder);

  it('lists a job as open until its end, with the runner that holds it', () => {
    expect([1, 2, 3, 4].map(openAfter)).toEqual([[''], [runnerId], [runnerId], []]);
  });

  it('counts each job under its one status', () => {
    const counts = afterJob(jobsProjection, ...life).rows(jobCountsTable);
    expect(counts.filter(({ jobs }) => jobs !== 0)).toEqual([{ status: 'SUCCEEDED', jobs: 1 }]);
  });

  it('shows who created the job and where its last event stands', () => {
    const [row] = afterJob(jobsProjection, ...life).rows(jobsTable);
    expect(row?.view).toMatchObject({ createdBy: { kind: 'process', name: 'test' }, revision: 3 });
  });
});

describe('charges', () => {
  const started = [jobCreated(), jobAssigned(), jobStarted({ startedAt: at(12) })] as const;
  const charges = (...events: readonly DomainEvent[]) =>
    afterJob(jobsProjection, ...events).rows(chargesTable);

  it('charges an attempt for the time it ran, at the plan of the job, in whole nano-dollars', () => {
    // 7,000,000,000 nano-dollars × 8,000 ms ÷ 2,592,000,000 ms = 21,604.938…
    expect(charges(...started, jobFinished())).toMatchObject([
      { attempt: 1, day: '2026-01-01', billed_ms: 8_000, nano_dollars: 21_605n, plan_id: 'plan-srv-006' },
    ]);
  });

  it('charges a failed job what it ran', () => {
    expect(charges(...started, jobFinished({ kind: 'exited', exitCode: 1 }))).toMatchObject([
      { nano_dollars: 21_605n },
    ]);
  });

  it('charges on the UTC day on which the attempt ended', () => {
    const [charge] = charges(...started, jobFinished({ kind: 'succeeded' }, { finishedAt: at(86_400) }));
    expect(charge).toMatchObject({ day: '2026-01-02', billed_ms: 86_388_000 });
  });

  it('charges nothing for an attempt that never started', () => {
    expect(charges(jobCreated(), jobAssigned(), jobFinished({ kind: 'startFailed', message: 'no' }))).toEqual(
      [],
    );
    expect(charges(jobCreated(), jobFinished({ kind: 'expired' }, { attempt: null }))).toEqual([]);
  });

  it('adds a charge to the sums of its day, its plan, and its service', () => {
    const sums = afterJob(jobsProjection, ...started, jobFinished()).rows(usageDaysTable);
    const common = { day: '2026-01-01', jobs: 1, billed_ms: 8_000, nano_dollars: 21_605n };
    expect(sums).toMatchObject([
      { ...common, grouping: 'ALL', service_id: '', plan_id: '' },
      { ...common, grouping: 'PLAN', service_id: '', plan_id: 'plan-srv-006' },
      { ...common, grouping: 'SERVICE', service_id: serviceId, plan_id: 'plan-srv-006' },
    ]);
  });
});

describe('audit', () => {
  it('has a row for each event, with who acted on what', () => {
    const rows = afterJob(auditProjection, jobCreated(), jobAssigned()).rows(auditTable);
    expect(rows).toMatchObject([
      { subject_id: jobId, category: 'job', type: 'JobCreated', revision: 0, token_id: null },
      {
        subject_id: jobId,
        type: 'JobAssigned',
        revision: 1,
        process_name: 'test',
        workspace_id: workspaceId,
      },
    ]);
  });

  it('leaves out the claims of idempotency keys', () => {
    expect(auditProjection.handles).not.toContain('IdempotencyKeyClaimed');
  });
});

describe('the fingerprint', () => {
  it('changes with the version of a projection and with its tables', () => {
    const [first, ...others] = allProjections;
    if (first === undefined) throw new Error('there are no projections');
    const newer = [{ ...first, version: first.version + 1 }, ...others];
    const wider = [{ ...first, tables: [] }, ...others];
    const prints = [allProjections, newer, wider].map((projections) => fingerprintOf(projections));
    expect(new Set(prints).size).toBe(3);
  });
});
