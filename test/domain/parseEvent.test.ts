import { describe, expect, it } from 'vitest';
import type { Position, StoredEvent } from '../../src/domain/events.ts';
import { parseEvent, UnreadableEventError } from '../../src/domain/parseEvent.ts';
import { presentVersion, type Upcasters, upcast } from '../../src/domain/upcast.ts';
import { jobCancelRequested, jobCreated, jobId, tokenActor, workspaceId } from '../support/samples.ts';

const metadata = {
  workspaceId,
  actor: tokenActor,
  correlationId: 'correlation-1',
  causationId: null,
  schemaVersion: 1,
  traceparent: null,
};
const stored: StoredEvent = {
  id: '00000000-0000-4000-8000-000000000001',
  ...jobCreated(),
  metadata,
  stream: `job-${jobId}`,
  revision: 0,
  position: '0000000000000001' as Position,
  recordedAt: '2026-01-01T00:00:00.000Z',
};

describe('parseEvent', () => {
  it('answers what was stored', () => expect(parseEvent(stored)).toEqual(stored));

  it('reads what JSON made of it', () => {
    expect(parseEvent(JSON.parse(JSON.stringify(stored)))).toEqual(stored);
  });

  it('passes over fields that this version does not know', () => {
    const extended = { ...stored, data: { ...jobCreated().data, color: 'red' } };
    expect(parseEvent(extended)).toEqual(stored);
  });

  const place = `job-${jobId}@0`;
  it.each<[string, Partial<StoredEvent>]>([
    [`${place}: unknown event type JobDreamt`, { type: 'JobDreamt' }],
    [`${place}: unknown event type toString`, { type: 'toString' }],
    [`${place}: metadata `, { metadata: { ...metadata, schemaVersion: 0 } }],
    [`${place}: metadata `, { metadata: null }],
    [
      `${place}: JobCreated has version 2, newer than this program`,
      { metadata: { ...metadata, schemaVersion: 2 } },
    ],
    [`${place}: JobCreated `, { data: { ...jobCreated().data, createdAt: 'yesterday' } }],
    [`${place}: JobCreated `, { data: { ...jobCreated().data, serviceId: 'wks-1' } }],
    [`${place}: JobCreated `, { data: null }],
  ])('says where a broken event is: %s', (message, change) => {
    const parse = () => parseEvent({ ...stored, ...change });
    expect(parse).toThrow(UnreadableEventError);
    expect(parse).toThrow(message);
  });
});

describe('upcasting', () => {
  // As if `reason` had come in version 2 and `requestedBy` in version 3.
  const steps: Upcasters = {
    JobCancelRequested: [
      (data) => ({ ...(data as object), reason: null }),
      (data) => ({ ...(data as object), requestedBy: tokenActor }),
    ],
  };
  const { requestedBy, reason, ...first } = jobCancelRequested().data as Record<string, unknown>;
  const cancelStored = (schemaVersion: number, data: unknown) => ({
    ...stored,
    type: 'JobCancelRequested',
    data,
    metadata: { ...metadata, schemaVersion },
  });

  it('reads an event of the first version at its present one', () => {
    const { data, metadata: read } = parseEvent(cancelStored(1, first), steps);
    expect(data).toEqual(jobCancelRequested().data);
    expect(read.schemaVersion).toBe(1);
  });
  it('takes only the steps that are left from where it stands', () => {
    const second = { ...first, reason: 'said in version 2' };
    expect(parseEvent(cancelStored(2, second), steps).data).toMatchObject({ reason: 'said in version 2' });
    const third = { ...second, requestedBy: { kind: 'process', name: 'said in version 3' } };
    expect(parseEvent(cancelStored(3, third), steps).data).toEqual(third);
  });
  it('reads the present version as it is', () => {
    expect(parseEvent(cancelStored(3, { ...first, requestedBy, reason }), steps).data).toEqual(
      jobCancelRequested().data,
    );
  });
  it('refuses a version that this program does not know yet', () => {
    expect(() => parseEvent(cancelStored(4, first), steps)).toThrow(/newer than this program/);
  });
  it('writes new events at the last version', () => {
    expect(presentVersion('JobCancelRequested', steps)).toBe(3);
    expect(presentVersion('JobCreated', steps)).toBe(1);
  });
  it('leaves the stored data as it is', () => {
    const data = Object.freeze({ ...first });
    upcast('JobCancelRequested', 1, data, steps);
    expect(Object.keys(data)).not.toContain('reason');
  });
});
