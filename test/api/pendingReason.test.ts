import { describe, expect, it } from 'vitest';
import { pendingReason } from '../../src/api/pendingReason.ts';
import { type ExistingJob, evolveJob } from '../../src/domain/job.ts';
import type { RunnerStatus } from '../../src/ports/runnerDirectory.ts';
import { jobAssigned, jobCreated, jobFinished, jobStarted, planOf, runnerId } from '../support/samples.ts';

const roomy: RunnerStatus = {
  runnerId,
  engines: [{ kind: 'docker', description: 'Docker' }],
  slots: 2,
  slotsUsed: 0,
  memoryBytes: 1e9,
  memoryBytesUsed: 0,
  cpuMillis: 1000,
  cpuMillisUsed: 0,
  accepting: true,
  seenAt: '2026-01-01T00:00:00.000Z',
};
const plan = planOf('plan-srv-006');
const waiting = jobAfter(jobCreated({ plan }));

describe('a pending job says that', () => {
  it.each<[string, string, readonly RunnerStatus[]]>([
    ['no runner is there', 'NO_RUNNER', []],
    ['the only runner takes no jobs', 'NO_RUNNER', [{ ...roomy, accepting: false }]],
    [
      'no runner has its engine',
      'ENGINE_UNAVAILABLE',
      [{ ...roomy, engines: [{ kind: 'process', description: 'Local' }] }],
    ],
    [
      'its engine does not answer',
      'ENGINE_UNAVAILABLE',
      [{ ...roomy, engines: [{ kind: 'docker', description: 'Docker', answers: false }] }],
    ],
    ['every runner has too little memory for its plan', 'TOO_LARGE', [{ ...roomy, memoryBytes: 1e8 }]],
    ['every runner has too little CPU for its plan', 'TOO_LARGE', [{ ...roomy, cpuMillis: 499 }]],
    ['every runner that is large enough is being emptied', 'NO_CAPACITY', [{ ...roomy, slots: 0 }]],
    ['the slots are taken', 'NO_CAPACITY', [{ ...roomy, slotsUsed: 2 }]],
    ['the memory is taken', 'NO_CAPACITY', [{ ...roomy, memoryBytesUsed: 9e8 }]],
    ['the CPU is taken', 'NO_CAPACITY', [{ ...roomy, cpuMillisUsed: 501 }]],
    ['a runner has room', 'STARTING', [{ ...roomy, slotsUsed: 2 }, roomy]],
    [
      'the one with room counts, not the one that is too small',
      'STARTING',
      [{ ...roomy, memoryBytes: 1 }, roomy],
    ],
    [
      'the full one counts where the one with room is too small',
      'NO_CAPACITY',
      [
        { ...roomy, memoryBytes: 1 },
        { ...roomy, slotsUsed: 2 },
      ],
    ],
  ])('%s: %s', (_why, code, runners) => {
    expect(pendingReason(waiting, runners)).toEqual({ code, text: expect.stringMatching(/\.$/) });
  });

  it('a runner prepares it, whatever the runners have', () => {
    expect(pendingReason(jobAfter(jobCreated({ plan }), jobAssigned()), [])?.code).toBe('STARTING');
  });
});

it('no other job says why it waits', () => {
  const running = [jobCreated({ plan }), jobAssigned(), jobStarted()] as const;
  expect(pendingReason(jobAfter(...running), [])).toBeNull();
  expect(pendingReason(jobAfter(...running, jobFinished()), [])).toBeNull();
});

function jobAfter(...events: readonly Parameters<typeof evolveJob>[1][]): ExistingJob {
  const state = events.reduce(evolveJob, { status: 'NONE' });
  if (state.status === 'NONE') throw new Error('no JobCreated among the events');
  return state;
}
