import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createLogFrameReader,
  type LogFrame,
  LogFrameError,
} from '../../../src/adapters/docker/logFrames.ts';

function encode(stream: LogFrame['stream'], body: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream === 'stdout' ? 1 : 2;
  header.writeUInt32BE(body.length, 4);
  return Buffer.concat([header, body]);
}

function readAll(chunks: readonly Buffer[]): readonly LogFrame[] {
  const reader = createLogFrameReader();
  return chunks.flatMap((chunk) => [...reader.read(chunk)]);
}

const frames = fc.array(
  fc.record({
    stream: fc.constantFrom('stdout' as const, 'stderr' as const),
    atMs: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    nanoseconds: fc.integer({ min: 0, max: 999_999 }),
    payload: fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  }),
);

describe('the frames of a log stream', () => {
  it('are the same, however the stream is cut', () => {
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (wanted, sizes) => {
        const stream = Buffer.concat(
          wanted.map(({ stream: name, atMs, nanoseconds, payload }) => {
            const stamp = new Date(atMs)
              .toISOString()
              .replace('Z', `${String(nanoseconds).padStart(6, '0')}Z `);
            return encode(name, Buffer.concat([Buffer.from(stamp), payload]));
          }),
        );
        const chunks: Buffer[] = [];
        for (let offset = 0, turn = 0; offset < stream.length; turn += 1) {
          const size = sizes[turn % sizes.length] ?? 1;
          chunks.push(stream.subarray(offset, offset + size));
          offset += size;
        }
        expect(readAll(chunks)).toEqual(
          wanted.map(({ stream: name, atMs, payload }) => ({ stream: name, atMs, payload })),
        );
      }),
    );
  });

  it.each([
    ['2026-01-02T03:04:05.123456789Z', '2026-01-02T03:04:05.123Z'],
    ['2026-01-02T03:04:05.1Z', '2026-01-02T03:04:05.100Z'],
    ['2026-01-02T03:04:05Z', '2026-01-02T03:04:05.000Z'],
    ['2026-01-02T03:04:05.123456789+02:00', '2026-01-02T01:04:05.123Z'],
    ['2026-01-02T03:04:05.123456-05:30', '2026-01-02T08:34:05.123Z'],
  ])('carry the time %s', (stamp, at) => {
    const [frame] = readAll([encode('stderr', Buffer.from(`${stamp} text`))]);
    expect(frame).toEqual({ stream: 'stderr', atMs: Date.parse(at), payload: Buffer.from('text') });
  });

  it('keep their bytes where there is no time', () => {
    const payload = Buffer.from('no time here\n');
    expect(readAll([encode('stdout', payload)])).toEqual([{ stream: 'stdout', atMs: null, payload }]);
  });

  it('are not what the engine itself says when it cannot read on', () => {
    const header = Buffer.from([3, 0, 0, 0, 0, 0, 0, 6]);
    expect(() => readAll([Buffer.concat([header, Buffer.from('broken')])])).toThrow(LogFrameError);
  });

  it('may be of any size', () => {
    const payload = Buffer.alloc(3_000_000, 'x');
    const stream = encode('stdout', Buffer.concat([Buffer.from('2026-01-02T03:04:05.123456789Z '), payload]));
    const chunks = Array.from({ length: 300 }, (_, index) =>
      stream.subarray(index * 10_001, (index + 1) * 10_001),
    );
    const [frame, ...others] = readAll(chunks);
    expect(others).toEqual([]);
    expect(frame?.payload.equals(payload)).toBe(true);
  });
});
