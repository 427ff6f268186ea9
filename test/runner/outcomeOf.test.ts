import { describe, expect, it } from 'vitest';
import type { ExistingJob } from '../../src/domain/job.ts';
import type { StopCause } from '../../src/domain/jobEvents.ts';
import { outcomeOf } from '../../src/runner/outcomeOf.ts';

const runnerId = 'rnr-00000000000000000010';
const requestedBy = { kind: 'token', tokenId: 'tok-00000000000000000020' } as const;

function job(cancelRequest: ExistingJob['cancelRequest'] = null): ExistingJob {
  return {
    status: 'RUNNING',
    snapshot: {
      jobId: 'job-00000000000000000030',
      workspaceId: 'wks-00000000000000000040',
      serviceId: 'srv-00000000000000000050',
      serviceName: 'web',
      startCommand: 'true',
      buildId: 'bld-00000000000000000060',
      image: { reference: 'busybox', digest: 'sha256:0', engine: 'docker' },
      plan: {
        id: 'plan-srv-006',
        family: 'srv',
        name: 'Starter',
        memoryBytes: 512,
        cpuMillis: 500,
        price: { nanoDollars: 7, per: 'month' },
      },
      environment: [],
      timeoutSeconds: 60,
      gracePeriodSeconds: 1,
      retryPolicy: { maxAttempts: 1 },
      diskBytes: 4096,
      createdAt: '2026-01-01T00:00:00.000Z',
    },
    attempts: [],
    cancelRequest,
    startedAt: null,
    finishedAt: null,
    outcome: null,
  };
}

function exited(exitCode: number, more: { oomKilled?: boolean } = {}) {
  const exit = { exitCode, oomKilled: more.oomKilled ?? false, finishedAt: '2026-01-01T00:00:01.000Z' };
  return { kind: 'exited', exit } as const;
}

function stopped(cause: StopCause) {
  return { kind: 'stopped', cause, finishedAt: '2026-01-01T00:00:01.000Z' } as const;
}

describe('the outcome of an attempt', () => {
  it('is succeeded for exit code 0 and exited for any other', () => {
    expect(outcomeOf(exited(0), job())).toEqual({ kind: 'succeeded' });
    expect(outcomeOf(exited(3), job())).toEqual({ kind: 'exited', exitCode: 3 });
  });

  it('is out of memory where the engine says so, and not for exit code 137 alone', () => {
    expect(outcomeOf(exited(137, { oomKilled: true }), job())).toEqual({
      kind: 'oomKilled',
      memoryBytes: 512,
    });
    expect(outcomeOf(exited(137), job())).toEqual({ kind: 'exited', exitCode: 137 });
  });

  it('is over its disk limit where the runner killed it for that, whatever code it then exited with', () => {
    expect(outcomeOf(stopped('diskLimit'), job())).toEqual({
      kind: 'diskLimitExceeded',
      limitBytes: 4096,
    });
  });

  it('is timed out where the runner stopped it for its time, whatever code it then exited with', () => {
    expect(outcomeOf(stopped('timeout'), job())).toEqual({
      kind: 'timedOut',
      afterSeconds: 60,
    });
  });

  it('is canceled, by whoever asked, where the runner stopped it for that', () => {
    const canceled = job({ requestedBy, reason: null, requestedAt: '2026-01-01T00:00:00.500Z' });
    expect(outcomeOf(stopped('cancel'), canceled)).toEqual({
      kind: 'canceled',
      by: requestedBy,
    });
    expect(outcomeOf({ kind: 'canceledBeforeStart' }, canceled)).toEqual({
      kind: 'canceled',
      by: requestedBy,
    });
  });

  it('is what the container did where it ended by itself before a requested cancel could stop it', () => {
    const canceled = job({ requestedBy, reason: null, requestedAt: '2026-01-01T00:00:00.500Z' });
    expect(outcomeOf(exited(0), canceled)).toEqual({ kind: 'succeeded' });
  });

  it('is a lost runner where that stopped it for its lease, whatever code it then exited with', () => {
    const attempt = {
      number: 1,
      runnerId,
      engine: 'docker',
      assignedAt: '2026-01-01T00:00:00.000Z',
      containerId: 'c1',
      startedAt: '2026-01-01T00:00:00.000Z',
      stop: null,
      finishedAt: null,
      outcome: null,
    } as const;
    expect(outcomeOf(stopped('leaseLost'), { ...job(), attempts: [attempt] })).toEqual({
      kind: 'runnerLost',
      runnerId,
      cause: 'leaseLost',
    });
  });

  it('says why a container did not start, and that nothing is known of a lost one', () => {
    const startFailed = { kind: 'startFailed', message: 'no such image' } as const;
    expect(outcomeOf(startFailed, job())).toEqual(startFailed);
    expect(outcomeOf({ kind: 'leaseLostBeforeStart' }, job())).toEqual({
      kind: 'startFailed',
      message: 'its runner could not renew its lease',
    });
    const lost = {
      kind: 'lost',
      runnerId,
      cause: 'containerGone',
      knownUntil: '2026-01-01T00:00:01.000Z',
    } as const;
    expect(outcomeOf(lost, job())).toEqual({ kind: 'runnerLost', runnerId, cause: 'containerGone' });
  });
});
