import type { LogFrame } from './logFrames.ts';

export type StreamBytes = { stdout: number; stderr: number };

/** Where a reading begins: the log from `sinceMs` on, of which so many bytes of each stream have been handed on. */
export type LogResumption = Readonly<{ sinceMs: number; handedOn: Readonly<StreamBytes> }>;

export type LogCursor = Readonly<{
  /** Tells of a frame that is being handed on, the last `freshBytes` of it for the first time. */
  advance(frame: LogFrame, freshBytes: number): void;
  resumption(): LogResumption;
}>;

/** How much is read again, at least, after a reading breaks off. */
const checkpointBytes = 1024 * 1024;

/**
 * Keeps a place near the end of what has been handed on, so that reading on after a break costs about one `checkpointBytes` and
 * not the whole log. A place is a moment between two lines, later than every frame so far: from there on bytes are
 * counted, of the frames that are not earlier. A place comes into use once enough has followed, for the two streams' frames
 * may be a little out of order. A frame that is earlier all the same (a clock that was set back) makes the place useless,
 * and the log's beginning is used.
 */
export function createLogCursor(skip: StreamBytes): LogCursor {
  const whole: Place = { sinceMs: 0, ...skip };
  const insideLine = { stdout: false, stderr: false };
  let inUse: Place = whole;
  let next: Place | undefined;
  let latestMs = 0;

  const advance = ({ stream, atMs, payload }: LogFrame, freshBytes: number) => {
    whole[stream] += freshBytes;
    if (inUse !== whole && (atMs === null || atMs < inUse.sinceMs)) {
      inUse = whole;
      next = undefined;
    }
    if (inUse !== whole) inUse[stream] += freshBytes;
    if (next && atMs !== null && atMs >= next.sinceMs) next[stream] += freshBytes;
    latestMs = Math.max(latestMs, atMs ?? 0);
    insideLine[stream] = payload.at(-1) !== 0x0a;
    if (insideLine.stdout || insideLine.stderr) return;
    next ??= { sinceMs: latestMs + 1, stdout: 0, stderr: 0 };
    if (next.stdout + next.stderr < checkpointBytes) return;
    inUse = next;
    next = { sinceMs: latestMs + 1, stdout: 0, stderr: 0 };
  };

  const resumption = () => {
    const { sinceMs, stdout, stderr } = inUse;
    return { sinceMs, handedOn: { stdout, stderr } };
  };

  return { advance, resumption };
}

type Place = { sinceMs: number } & StreamBytes;
