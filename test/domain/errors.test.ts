import { describe, expect, it } from 'vitest';
import { badInput, notFound } from '../../src/domain/errors.ts';

describe('badInput', () => {
  it('names the field, the value it got and the value it wanted', () => {
    const error = badInput('timeoutSeconds', 0, 'a whole number from 1 to 60');
    expect(error.message).toBe('timeoutSeconds: got 0, wanted a whole number from 1 to 60');
    expect(error.code).toBe('BAD_USER_INPUT');
    expect(error.details).toEqual({ field: 'timeoutSeconds', wanted: 'a whole number from 1 to 60' });
  });
  it('says so where there is no value', () =>
    expect(badInput('name', undefined, 'a name').message).toContain('got nothing'));
  it('cuts a long value', () =>
    expect(badInput('name', 'x'.repeat(999), 'a name').message.length).toBeLessThan(160));
});

describe('notFound', () => {
  it('names the thing', () => {
    expect(notFound('job', 'job-1')).toMatchObject({ code: 'NOT_FOUND', message: 'job job-1: not found' });
  });
  it('does not repeat what is no id', () => {
    expect(notFound('job', 'hunter2').message).toBe('job of that id: not found');
  });
});
