import type { LogFrame } from './logFrames.ts';

/** What Docker cuts long lines into. */
const partBytes = 16 * 1024;
const lineEnd = Buffer.from('\n');

/**
 * Docker's `local` log driver, up to 20.10 at least, drops the line end of every line that is longer than `partBytes`. It can be
 * told all the same: a part is full, and so one that is not full and has no line end was the last of its line, if anything
 * follows it in its stream. Where nothing follows, the line end stays lost. Source: moby, daemon/logger (copier.go, local/read.go).
 */
export function createLineEndRestorer(): (frame: LogFrame) => LogFrame {
  const owed = { stdout: false, stderr: false };
  return (frame) => {
    const { stream, payload } = frame;
    const isOwed = owed[stream];
    owed[stream] = payload.length !== partBytes && payload.at(-1) !== lineEnd[0];
    return isOwed ? { ...frame, payload: Buffer.concat([lineEnd, payload]) } : frame;
  };
}
