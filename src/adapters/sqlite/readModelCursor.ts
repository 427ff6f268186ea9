import { InvalidCursorError } from '../../ports/readModels.ts';

/** Where a list goes on: the value that it is ordered by, and what tells rows with equal values apart. */
export type PagePlace = readonly [sort: string | number, tie: string];

/** Opaque to clients. `list` names the list and its order, so that a cursor of another one is refused. */
export function encodeCursor(list: string, [sort, tie]: PagePlace): string {
  return Buffer.from(JSON.stringify([list, sort, tie])).toString('base64url');
}

/** Throws `InvalidCursorError` for what `encodeCursor` never made for this list. Undefined for no cursor. */
export function decodeCursor(
  list: string,
  sortType: 'string' | 'number',
  cursor: string | undefined,
): PagePlace | undefined {
  if (cursor === undefined) return undefined;
  const parts = parseJson(Buffer.from(cursor, 'base64url').toString());
  if (Array.isArray(parts) && parts.length === 3) {
    const [ofList, sort, tie] = parts as readonly unknown[];
    if (ofList === list && isSort(sort) && typeof sort === sortType && typeof tie === 'string')
      return [sort, tie];
  }
  throw new InvalidCursorError(`after: got ${cursor.length} characters, wanted a cursor of this list`);
}

function isSort(value: unknown): value is string | number {
  return typeof value === 'string' || Number.isSafeInteger(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
