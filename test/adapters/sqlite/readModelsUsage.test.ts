import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openReadSide, type ReadSide, sampleEvent } from '../../support/readSide.ts';
import {
  at,
  jobAssigned,
  jobCreated,
  jobFinished,
  jobStarted,
  planOf,
  workspaceId,
} from '../../support/samples.ts';
import { tempFolder } from '../../support/tempFolder.ts';

describe('usage', () => {
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

  it('adds money up without losing a nano-dollar, far beyond what a float holds', async () => {
    const dear = {
      ...planOf('plan-srv-006'),
      price: { nanoDollars: 9_007_199_254_740_991, per: 'minute' },
    } as const;
    const events = [0, 1].flatMap((index) => {
      const jobId = `job-${String(index).padStart(19, '0')}0` as const;
      return [
        jobCreated({ jobId, plan: dear }),
        jobAssigned({ jobId }),
        jobStarted({ jobId, startedAt: at(0) }),
        jobFinished({ kind: 'succeeded' }, { jobId, finishedAt: at(180) }),
      ].map((event) => sampleEvent(`job-${jobId}`, event));
    });
    await side.append(events);
    await side.catchUp();
    const days = { from: '2026-01-01', to: '2026-01-02' };
    expect(side.models.usageTotal(workspaceId, days).nanoDollars).toBe(9_007_199_254_740_991n * 6n);
  });

  it('refuses a usage range that is not of days', () => {
    const days = { from: '2026-01-01T00:00:00.000Z', to: '2026-01-02' };
    expect(() => side.models.usageTotal(workspaceId, days)).toThrow(RangeError);
  });
});
