import { isUtf8 } from 'node:buffer';
import type { SplitLine } from './lineSplitter.ts';
import { hideRanges, type SecretMask } from './secretMask.ts';

export type LineText = Readonly<{
  text: string;
  /** See `LogLine`. */
  rawBase64: string | null;
  /** The length of `text` in UTF-8. */
  textBytes: number;
}>;

const replacementCharacter = '\uFFFD';
/** The most bytes of one UTF-8 character. */
const longestCharacterBytes = 4;

/** What the splitter must hold of a line: up to the cap and, from there, the rest of the longest secret or character that straddles it. */
export function lineWindowBytes(lineCapBytes: number, mask: SecretMask): number {
  return lineCapBytes + Math.max(mask.longestBytes, longestCharacterBytes);
}

/**
 * The text of a line as it is kept. Secrets are hidden before the line is cut at `lineCapBytes`, so that one that straddles the cap never
 * shows its first half. A cut says how much of the line it dropped. `clean` tells that no secret is in the line.
 */
export function lineText(line: SplitLine, mask: SecretMask, lineCapBytes: number, clean: boolean): LineText {
  const { bytes, start, end, lineBytes } = line;
  if (lineBytes > lineCapBytes)
    return cutLine(bytes.toString('latin1', start, end), lineBytes, mask, lineCapBytes);
  if (clean) return decoded(bytes, start, end);
  const latin1 = bytes.toString('latin1', start, end);
  if (!mask.mayHold(latin1)) return decoded(bytes, start, end);
  const shown = Buffer.from(hideRanges(latin1, mask.find(latin1), latin1.length), 'latin1');
  return decoded(shown, 0, shown.length);
}

function cutLine(latin1: string, lineBytes: number, mask: SecretMask, lineCapBytes: number): LineText {
  const cutAt = characterStart(latin1, lineCapBytes);
  const shown = Buffer.from(hideRanges(latin1, mask.find(latin1), cutAt), 'latin1');
  const { text, rawBase64 } = decoded(shown, 0, shown.length);
  const marked = `${text} …[line cut: ${lineBytes - cutAt} bytes dropped]`;
  return { text: marked, rawBase64, textBytes: Buffer.byteLength(marked) };
}

/** `at`, or the start of the UTF-8 character that lies across it: a cut makes no invalid text of valid one. */
function characterStart(latin1: string, at: number): number {
  if (!isContinuation(latin1.charCodeAt(at))) return at;
  for (let start = at - 1; start >= 0 && start > at - longestCharacterBytes; start -= 1) {
    const byte = latin1.charCodeAt(start);
    if (!isContinuation(byte)) return byte >= 0xc0 ? start : at;
  }
  return at;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

function decoded(bytes: Buffer, start: number, end: number): LineText {
  const text = bytes.toString('utf8', start, end);
  // The replacement character is what invalid bytes decode to; looking for it is far quicker than checking each line's bytes.
  if (!text.includes(replacementCharacter)) return { text, rawBase64: null, textBytes: end - start };
  const own = bytes.subarray(start, end);
  return { text, rawBase64: isUtf8(own) ? null : own.toString('base64'), textBytes: Buffer.byteLength(text) };
}
