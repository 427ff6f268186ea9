import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createLogCursor } from '../../../src/adapters/docker/logCursor.ts';
import type { LogFrame } from '../../../src/adapters/docker/logFrames.ts';

const startMs = Date.parse('2026-01-01T00:00:00.000Z');

/** A log in which time does not go back, of lines, and of long lines in parts that carry the time of the first. */
const logs = fc
  .array(
    fc.record({
      stream: fc.constantFrom('stdout' as const, 'stderr' as const),
      afterMs: fc.constantFrom(0, 0, 1, 5),
      parts: fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 3 }),
    }),
    { maxLength: 60 },
  )
  .map((lines): readonly LogFrame[] => {
    let atMs = startMs;
    return lines.flatMap(({ stream, afterMs, parts }, line) => {
      atMs += afterMs;
      return parts.map((length, part) => {
        const end = part === parts.length - 1 ? '\n' : '';
        return { stream, atMs, payload: Buffer.from(String(line % 10).repeat(length) + end) };
      });
    });
  });

function written(frames: readonly LogFrame[]): { stdout: string; stderr: string } {
  const of = (stream: LogFrame['stream']) =>
    Buffer.concat(frames.filter((frame) => frame.stream === stream).map(({ payload }) => payload)).toString();
  return { stdout: of('stdout'), stderr: of('stderr') };
}

it('hands on every byte once, wherever readings break off', () => {
  fc.assert(
    fc.property(logs, fc.array(fc.nat(200)), fc.nat(100), (frames, breaks, checkpointBytes) => {
      const cursor = createLogCursor({ stdoutBytes: 0, stderrBytes: 0 }, checkpointBytes);
      const handedOn = [...breaks, frames.length].flatMap((count) => {
        const pass = cursor.beginReading();
        return frames.slice(0, count).flatMap((frame) => pass.take(frame) ?? []);
      });
      expect(written(handedOn)).toEqual(written(frames));
    }),
  );
});

it('leaves out the bytes that were kept before it began', () => {
  fc.assert(
    fc.property(logs, fc.nat(300), fc.nat(300), fc.nat(100), (frames, stdoutBytes, stderrBytes, broken) => {
      const cursor = createLogCursor({ stdoutBytes, stderrBytes }, 20);
      const handedOn = [broken, frames.length].flatMap((count) => {
        const pass = cursor.beginReading();
        return frames.slice(0, count).flatMap((frame) => pass.take(frame) ?? []);
      });
      const { stdout, stderr } = written(frames);
      expect(written(handedOn)).toEqual({
        stdout: stdout.slice(stdoutBytes),
        stderr: stderr.slice(stderrBytes),
      });
    }),
  );
});

it('reads again from near the end of a long log, and from its beginning when the clock goes back', () => {
  const cursor = createLogCursor({ stdoutBytes: 0, stderrBytes: 0 }, 100);
  const pass = cursor.beginReading();
  const line = (atMs: number): LogFrame => ({ stream: 'stdout', atMs, payload: Buffer.from('0123456789\n') });
  for (let index = 0; index < 1_000; index += 1) pass.take(line(startMs + index));
  const { sinceMs } = cursor.beginReading();
  expect(sinceMs).toBeGreaterThan(startMs + 900);
  expect(sinceMs).toBeLessThan(startMs + 999);
  pass.take(line(startMs + 5));
  expect(cursor.beginReading().sinceMs).toBe(0);
});
