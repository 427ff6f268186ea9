import type { LogFrame } from './logFrames.ts';

/** One pass over the log, from `sinceMs` on. */
export type LogReading = Readonly<{
  sinceMs: number;
  /** The frame, or the end of it, if it is handed on for the first time; undefined for one that was. */
  take(frame: LogFrame): LogFrame | undefined;
}>;

export type LogCursor = Readonly<{ beginReading(): LogReading }>;

/** How many bytes are read again, at least, after a reading breaks off. */
const defaultCheckpointBytes = 1024 * 1024;

/**
 * Keeps a place near the end of what has been handed on, so that reading on after a break costs about `checkpointBytes` and not
 * the whole log. A place is a moment between two lines, later than every frame so far; from there on bytes are counted, of
 * the frames that are not earlier. A place comes into use once enough has followed, for the two streams' frames may be a
 * little out of order. A frame that is earlier all the same (a clock that was set back) makes the place useless, and the
 * log's beginning is used.
 */
export function createLogCursor(
  skip: Readonly<{ stdoutBytes: number; stderrBytes: number }>,
  checkpointBytes = defaultCheckpointBytes,
): LogCursor {
  const whole: Place = { sinceMs: 0, stdout: skip.stdoutBytes, stderr: skip.stderrBytes };
  const insideLine = { stdout: false, stderr: false };
  let inUse: Place = whole;
  let next: Place | undefined;
  let latestMs = 0;

  const count = ({ stream, atMs }: LogFrame, freshBytes: number) => {
    whole[stream] += freshBytes;
    if (inUse !== whole && (atMs === null || atMs < inUse.sinceMs)) {
      inUse = whole;
      next = undefined;
    }
    if (inUse !== whole) inUse[stream] += freshBytes;
    if (next && atMs !== null && atMs >= next.sinceMs) next[stream] += freshBytes;
  };

  const see = ({ stream, atMs, payload }: LogFrame) => {
    latestMs = Math.max(latestMs, atMs ?? 0);
    insideLine[stream] = payload.at(-1) !== lineEnd;
  };

  const movePlace = () => {
    // The parts of a long line carry the time of its first, so that there is no place in the middle of one.
    if (insideLine.stdout || insideLine.stderr) return;
    if (next && next.stdout + next.stderr >= checkpointBytes) {
      inUse = next;
      next = undefined;
    }
    next ??= { sinceMs: latestMs + 1, stdout: 0, stderr: 0 };
  };

  const beginReading = () => {
    const { sinceMs } = inUse;
    const handedOn = { stdout: inUse.stdout, stderr: inUse.stderr };
    const take = (frame: LogFrame) => {
      const { stream, atMs, payload } = frame;
      if (atMs !== null && atMs < sinceMs) return undefined;
      see(frame);
      const skipped = Math.min(handedOn[stream], payload.length);
      handedOn[stream] -= skipped;
      if (skipped === payload.length) return undefined;
      count(frame, payload.length - skipped);
      // A place counts whole frames, so none is taken while this reading may still come upon one that was handed on.
      if (handedOn.stdout + handedOn.stderr === 0) movePlace();
      return skipped === 0 ? frame : { ...frame, payload: payload.subarray(skipped) };
    };
    return { sinceMs, take };
  };

  return { beginReading };
}

type Place = { readonly sinceMs: number; stdout: number; stderr: number };

const lineEnd = 0x0a;
