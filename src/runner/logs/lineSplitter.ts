/** One line as the splitter found it. `bytes` is only lent: it may hold something else after the call. */
export type SplitLine = Readonly<{
  bytes: Buffer;
  /** `start` to `end` of `bytes` is the line without its end, or its first `windowBytes` where it is longer. */
  start: number;
  end: number;
  /** How long the line is without its end, whatever of it is held. */
  lineBytes: number;
  /** How many bytes of the stream it used up, with its end. */
  streamBytes: number;
}>;

/** Turns one stream, in whatever pieces it comes, into lines. */
export type LineSplitter = Readonly<{
  /** Calls `onLine` for each line that ends in `chunk`. The rest is kept for the next chunk. */
  push(chunk: Buffer, onLine: (line: SplitLine) => void): void;
  /** The stream is over: what is left without a line end is a line too. */
  end(onLine: (line: SplitLine) => void): void;
}>;

export type LineSplitterOptions = Readonly<{
  /** The most that is held of one line, so that a stream without line ends costs no more memory than this. */
  windowBytes: number;
}>;

const lineFeed = 10;
const carriageReturn = 13;
const firstAllocationBytes = 1024;

/**
 * `\n` ends a line and a `\r` right before it, or at the very end of the stream, goes with it. It works on bytes, so that a character
 * or a secret split between two chunks is whole again before anyone looks at it. The lines depend only on the stream, not on its chunks.
 *
 * Between lines → within a line (some of it is held) → between lines.
 */
export function createLineSplitter({ windowBytes }: LineSplitterOptions): LineSplitter {
  let held: Buffer = Buffer.alloc(0);
  let heldBytes = 0;
  let pendingBytes = 0;
  let lastByte = 0;

  const hold = (chunk: Buffer, start: number, end: number): void => {
    if (start === end) return;
    const takenBytes = Math.min(end - start, windowBytes - heldBytes);
    held = withRoomFor(held, heldBytes, heldBytes + takenBytes, windowBytes);
    chunk.copy(held, heldBytes, start, start + takenBytes);
    heldBytes += takenBytes;
    pendingBytes += end - start;
    lastByte = chunk[end - 1] ?? 0;
  };
  const release = (lineEndBytes: number, onLine: (line: SplitLine) => void): void => {
    const lineBytes = pendingBytes - (lastByte === carriageReturn ? 1 : 0);
    const streamBytes = pendingBytes + lineEndBytes;
    const end = Math.min(heldBytes, lineBytes);
    heldBytes = 0;
    pendingBytes = 0;
    lastByte = 0;
    onLine({ bytes: held, start: 0, end, lineBytes, streamBytes });
  };
  return {
    push: (chunk, onLine) => {
      let start = 0;
      for (let at = chunk.indexOf(lineFeed); at !== -1; at = chunk.indexOf(lineFeed, start)) {
        if (pendingBytes > 0) {
          hold(chunk, start, at);
          release(1, onLine);
        } else {
          onLine(lineWithin(chunk, start, at, windowBytes));
        }
        start = at + 1;
      }
      hold(chunk, start, chunk.length);
    },
    end: (onLine) => {
      if (pendingBytes > 0) release(0, onLine);
    },
  };
}

/** Grows by doubling: a line that comes byte by byte is not copied for each of them. */
function withRoomFor(held: Buffer, heldBytes: number, neededBytes: number, windowBytes: number): Buffer {
  if (neededBytes <= held.length) return held;
  const sizeBytes = Math.min(windowBytes, Math.max(neededBytes, 2 * held.length, firstAllocationBytes));
  const grown = Buffer.allocUnsafe(sizeBytes);
  held.copy(grown, 0, 0, heldBytes);
  return grown;
}

/** A line that lies within one chunk, as almost all do: nothing is copied. */
function lineWithin(bytes: Buffer, start: number, lineFeedAt: number, windowBytes: number): SplitLine {
  const lineEnd =
    lineFeedAt > start && bytes[lineFeedAt - 1] === carriageReturn ? lineFeedAt - 1 : lineFeedAt;
  return {
    bytes,
    start,
    end: Math.min(lineEnd, start + windowBytes),
    lineBytes: lineEnd - start,
    streamBytes: lineFeedAt + 1 - start,
  };
}
