import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageQuery, type Scan } from '../../../src/adapters/sqlite/readModelScan.ts';
import { auditScan } from '../../../src/adapters/sqlite/readModelsAudit.ts';
import { jobScan } from '../../../src/adapters/sqlite/readModelsJobs.ts';
import { serviceScan } from '../../../src/adapters/sqlite/readModelsServices.ts';
import { usageQuery } from '../../../src/adapters/sqlite/readModelsUsage.ts';
import { jobStatuses } from '../../../src/domain/job.ts';
import type { JobFilter } from '../../../src/ports/readModels.ts';
import { openReadSide } from '../../support/readSide.ts';
import { at, cronJobId, jobId, serviceId, tokenId, workspaceId } from '../../support/samples.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('a list of the read models', () => {
  let folder: Awaited<ReturnType<typeof tempFolder>>;
  let database: DatabaseSync;
  beforeAll(async () => {
    folder = await tempFolder();
    const side = await openReadSide(folder.path);
    await side.catchUp();
    await side.close();
    database = new DatabaseSync(join(folder.path, 'readModels.db'));
  });
  afterAll(async () => {
    database.close();
    await folder.remove();
  });

  /** What of SQLite's plan costs more the more rows there are: sorting, and reading a table or an index as a whole. */
  const costs = (sql: string) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
      .filter((detail) => detail.startsWith('SCAN') || detail.includes('TEMP B-TREE'));
  const scanCosts = (scan: Scan) => [
    ...costs(pageQuery(scan).sql),
    ...costs(pageQuery(scan, [1, 'last seen']).sql),
  ];

  it('of jobs is read along an index, whatever the filter and the order', () => {
    const range = fc.constantFrom(undefined, { from: at(0) }, { to: at(9) }, { from: at(0), to: at(9) });
    const filters: fc.Arbitrary<JobFilter> = fc.record({
      serviceIds: fc.constantFrom(undefined, [serviceId], [serviceId, cronJobId], manyServices),
      statuses: fc.option(fc.subarray([...jobStatuses], { minLength: 1 }), { nil: undefined }),
      created: range,
      started: range,
      finished: range,
    });
    const orders = fc.record({
      field: fc.constantFrom('createdAt' as const, 'startedAt' as const, 'finishedAt' as const),
      direction: fc.constantFrom('asc' as const, 'desc' as const),
    });
    fc.assert(
      fc.property(filters, orders, (filter, order) => {
        expect(scanCosts(jobScan(workspaceId, filter, order, spans))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('of services is read along an index', () => {
    for (const filter of [
      {},
      { includeDeleted: true },
      { types: ['CRON_JOB'] as const },
      { nameContains: 'a' },
    ]) {
      expect(scanCosts(serviceScan(workspaceId, filter))).toEqual([]);
    }
  });

  it('of the audit log is read along an index', () => {
    const types = ['JobCreated', 'JobFinished'] as const;
    const at1 = { from: at(0), to: at(1) };
    const filters = [
      {},
      { types },
      { tokenId },
      { tokenId, types },
      { subjectId: jobId },
      { subjectId: jobId, types, tokenId },
    ];
    for (const filter of filters) {
      expect(scanCosts(auditScan(workspaceId, filter))).toEqual([]);
      expect(scanCosts(auditScan(workspaceId, { ...filter, at: at1 }))).toEqual([]);
    }
  });

  it('of charges by job or by day is read along an index, and no grouping reads more than its days', () => {
    const days = { from: '2026-01-01', to: '2026-02-01' };
    for (const groupBy of ['JOB', 'DAY'] as const) {
      expect(costs(usageQuery(workspaceId, days, groupBy).sql)).toEqual([]);
    }
    for (const groupBy of ['SERVICE', 'PLAN', 'MONTH'] as const) {
      expect(costs(usageQuery(workspaceId, days, groupBy).sql)).toEqual(['USE TEMP B-TREE FOR GROUP BY']);
    }
  });
});

const spans = [{ earlier: 'created_at_ms', later: 'finished_at_ms', leastMs: -5, mostMs: 900 }];

const manyServices = Array.from(
  { length: 100 },
  (_, index) => `srv-${String(index).padStart(19, '0')}0` as const,
);
