import { describe, expect, test } from 'vitest';
import { createPinoLogger, type PinoLoggerOptions } from '../../../src/adapters/pino/logger.ts';

function given(options: Partial<PinoLoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createPinoLogger({ level: 'debug', format: 'json', destination, ...options });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? 'null') };
}

describe('the logger', () => {
  test('writes one JSON object a line, with its level and an ISO time', () => {
    const { logger, last } = given();
    logger.info({ jobId: 'job-1' }, 'Job started');
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      jobId: 'job-1',
      msg: 'Job started',
    });
  });

  test('leaves out what is below its level', () => {
    const { logger, lines } = given({ level: 'warn' });
    logger.debug({}, 'no');
    logger.info({}, 'no');
    logger.warn({}, 'yes');
    logger.error({}, 'yes');
    expect(lines).toHaveLength(2);
  });

  test('puts the fields of a child on each of its lines', () => {
    const { logger, last } = given();
    logger.child({ loop: 'dispatch' }).child({ jobId: 'job-1' }).warn({ retries: 2 }, 'Trying again');
    expect(last()).toMatchObject({ loop: 'dispatch', jobId: 'job-1', retries: 2 });
  });

  test('writes an error with its stack and the chain of its causes', () => {
    const { logger, last } = given();
    const cause = new TypeError('socket hang up');
    logger.error({ error: new Error('The engine did not answer', { cause }) }, 'Failed');
    expect(last().error).toMatchObject({
      type: 'Error',
      message: 'The engine did not answer',
      stack: expect.stringContaining('logger.test.ts'),
      cause: { type: 'TypeError', message: 'socket hang up' },
    });
  });

  test('replaces credentials wherever they stand', () => {
    const { logger, lines } = given();
    logger.info({ authorization: 'Bearer s3cret', token: 's3cret' }, 'top');
    logger.info({ headers: { authorization: 'Bearer s3cret', cookie: 's3cret' } }, 'nested');
    logger.info({ request: { headers: { authorization: 'Bearer s3cret' } } }, 'deeper');
    logger.child({ headers: { authorization: 'Bearer s3cret' } }).info({}, 'in a child');
    expect(lines).toHaveLength(4);
    for (const line of lines) {
      expect(line).toContain('[redacted]');
      expect(line).not.toContain('s3cret');
    }
  });

  test('is not stopped by what JSON cannot hold', () => {
    const { logger, last } = given();
    const circle: Record<string, unknown> = { nanoDollars: 7n };
    circle.self = circle;
    logger.info({ circle }, 'odd');
    expect(last().msg).toBe('odd');
  });

  test('writes for eyes when asked to', () => {
    const { logger, lines } = given({ format: 'pretty' });
    logger.info({ jobId: 'job-1' }, 'Job started');
    expect(lines.join('')).toMatch(/INFO.*Job started/);
    expect(lines.join('')).toContain('job-1');
  });
});
