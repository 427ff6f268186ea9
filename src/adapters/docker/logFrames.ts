/** What one frame of the engine's log stream carries. */
export type LogFrame = Readonly<{
  stream: 'stdout' | 'stderr';
  /** Milliseconds since the epoch, as the engine stamped it; null where it did not. */
  atMs: number | null;
  payload: Buffer;
}>;

export type LogFrameReader = Readonly<{
  /** The frames that `bytes` completes. They share memory with `bytes`. Throws `LogFrameError`. */
  read(bytes: Buffer): Iterable<LogFrame>;
}>;

/** The engine itself says, in the log, that it cannot read on. */
export class LogFrameError extends Error {
  override readonly name = 'LogFrameError';
}

const headerBytes = 8;
const stderrMark = 2;
const engineErrorMark = 3;

/**
 * Takes the stream apart: each frame is one byte of stream, three of nothing, four of length, then a timestamp, a space and
 * what the container wrote. Frames come split and joined in any way. Source: https://docs.docker.com/reference/api/engine/ (attach).
 */
export function createLogFrameReader(): LogFrameReader {
  const readTimestamp = createTimestampReader();
  let held: Buffer[] = [];
  let heldBytes = 0;
  let wantedBytes = headerBytes;

  function* read(bytes: Buffer): Iterable<LogFrame> {
    held.push(bytes);
    heldBytes += bytes.length;
    // Joined only when a whole frame is there, so that a large one costs one copy and not one a chunk.
    if (heldBytes < wantedBytes) return;
    const buffer = held.length === 1 ? bytes : Buffer.concat(held);
    let offset = 0;
    wantedBytes = headerBytes;
    while (buffer.length - offset >= headerBytes) {
      const end = offset + headerBytes + buffer.readUInt32BE(offset + 4);
      if (end > buffer.length) {
        wantedBytes = end - offset;
        break;
      }
      if (buffer[offset] === engineErrorMark) {
        throw new LogFrameError(buffer.toString('utf8', offset + headerBytes, end).trim());
      }
      const stream = buffer[offset] === stderrMark ? 'stderr' : 'stdout';
      const { atMs, length } = readTimestamp(buffer, offset + headerBytes, end);
      yield { stream, atMs, payload: buffer.subarray(offset + headerBytes + length, end) };
      offset = end;
    }
    held = offset < buffer.length ? [buffer.subarray(offset)] : [];
    heldBytes = buffer.length - offset;
  }

  return { read };
}

type Timestamp = Readonly<{ atMs: number | null; length: number }>;

/** Docker's are as long as this; Podman leaves out closing zeros and names a zone. */
const longestTimestampBytes = 40;
const timestampPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;
const secondBytes = '2026-01-01T00:00:00'.length;
const dot = 0x2e;
const zero = 0x30;
const space = 0x20;

/** Lines come thousands to the second, so the second's own parse is kept and only the fraction is read anew. */
function createTimestampReader(): (buffer: Buffer, start: number, end: number) => Timestamp {
  const fixedLength = '2026-01-01T00:00:00.000000000Z '.length;
  let knownSecond = '';
  let knownSecondMs = 0;

  return (buffer, start, end) => {
    const isFixed =
      end - start >= fixedLength &&
      buffer[start + secondBytes] === dot &&
      buffer[start + fixedLength - 2] === 0x5a &&
      buffer[start + fixedLength - 1] === space;
    if (!isFixed)
      return parseTimestamp(buffer.toString('latin1', start, Math.min(end, start + longestTimestampBytes)));
    const second = buffer.toString('latin1', start, start + secondBytes);
    if (second !== knownSecond) {
      knownSecond = second;
      knownSecondMs = Date.parse(`${second}Z`);
    }
    const digit = (index: number) => (buffer[start + secondBytes + index] ?? zero) - zero;
    const atMs = knownSecondMs + digit(1) * 100 + digit(2) * 10 + digit(3);
    return { atMs, length: fixedLength };
  };
}

function parseTimestamp(text: string): Timestamp {
  const stamp = timestampPattern.exec(text)?.[1];
  return stamp ? { atMs: Date.parse(stamp), length: stamp.length + 1 } : { atMs: null, length: 0 };
}
