/** Bytes `start` to `end`, the end not included. */
export type ByteRange = Readonly<{ start: number; end: number }>;

/**
 * Finds secret values in lines. It looks at bytes, as strings of one character per byte (latin1): a secret is found, and hidden, in a
 * line that is not valid UTF-8 too.
 */
export type SecretMask = Readonly<{
  /** How long the longest value looked for is; 0 where there is none. */
  longestBytes: number;
  /** False where no secret can be in `latin1`. True means that it has to be looked at with `find`. */
  mayHold(latin1: string): boolean;
  /** Where the secrets are: in order, those that overlap or touch made one. */
  find(latin1: string): readonly ByteRange[];
}>;

export const maskText = '***';

/** A shorter line of a longer secret, a brace or `fi`, hides no secret and would shred every log. */
const shortestPartCharacters = 4;
const prefixCharacters = 16;

/**
 * A mask for `secrets`, in the clear. A log is masked line by line, so a secret of several lines can only be found by its lines: each of
 * at least four characters is looked for on its own, with and without the blanks around it (a printed key is often indented anew).
 */
export function createSecretMask(secrets: readonly string[]): SecretMask {
  const patterns = [...new Set(secrets.flatMap(patternsOf))].map((text) =>
    Buffer.from(text, 'utf8').toString('latin1'),
  );
  if (patterns.length === 0) return { longestBytes: 0, mayHold: () => false, find: () => [] };
  // One compiled expression passes over clean text many times faster than a search for each value. It has only the beginnings
  // of the values: a certificate of some kilobytes would make it slow.
  const beginnings = new Set(patterns.map((pattern) => pattern.slice(0, prefixCharacters)));
  const anyBeginning = new RegExp([...beginnings].map(escapeForRegExp).join('|'));
  return {
    longestBytes: patterns.reduce((longest, { length }) => Math.max(longest, length), 0),
    mayHold: (latin1) => anyBeginning.test(latin1),
    find: (latin1) => union(patterns.flatMap((pattern) => occurrences(latin1, pattern))),
  };
}

/** `text` with every secret in it replaced by `***`: for messages that do not come out of the log itself. */
export function maskSecrets(mask: SecretMask, text: string): string {
  const latin1 = Buffer.from(text, 'utf8').toString('latin1');
  return Buffer.from(hideRanges(latin1, mask.find(latin1), latin1.length), 'latin1').toString('utf8');
}

/** The first `endBytes` of `latin1` with `***` for each range. A range that reaches past the end is hidden whole. */
export function hideRanges(latin1: string, ranges: readonly ByteRange[], endBytes: number): string {
  let shown = '';
  let from = 0;
  for (const { start, end } of ranges) {
    if (start >= endBytes) break;
    shown += latin1.slice(from, start) + maskText;
    from = Math.min(end, endBytes);
  }
  return shown + latin1.slice(from, endBytes);
}

function patternsOf(secret: string): readonly string[] {
  // As the splitter would make lines of it. A file read into a variable often ends in a line end that is no part of the secret.
  const lines = secret
    .split('\n')
    .map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line))
    .filter((line) => line !== '');
  const parts = lines.flatMap((line) => [line, ...line.split('\r')]).flatMap((part) => [part, part.trim()]);
  return [...(lines.length === 1 ? lines : []), ...parts.filter(isWorthHiding)];
}

function isWorthHiding(part: string): boolean {
  return part.trim() !== '' && [...part].length >= shortestPartCharacters;
}

/** Every place, those that overlap themselves too: `aba` is twice in `ababa`. */
function occurrences(latin1: string, pattern: string): readonly ByteRange[] {
  const found: ByteRange[] = [];
  let open: ByteRange | undefined;
  for (let start = latin1.indexOf(pattern); start !== -1; start = latin1.indexOf(pattern, start + 1)) {
    const end = start + pattern.length;
    if (open !== undefined && start <= open.end) {
      open = { start: open.start, end };
    } else {
      if (open !== undefined) found.push(open);
      open = { start, end };
    }
  }
  if (open !== undefined) found.push(open);
  return found;
}

function union(ranges: readonly ByteRange[]): readonly ByteRange[] {
  if (ranges.length < 2) return ranges;
  const joined: ByteRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.start - b.start)) {
    const last = joined.at(-1);
    if (last === undefined || range.start > last.end) joined.push(range);
    else joined[joined.length - 1] = { start: last.start, end: Math.max(last.end, range.end) };
  }
  return joined;
}

function escapeForRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
