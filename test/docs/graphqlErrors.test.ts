import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errorCodes } from '../../src/api/operations/errorCodes.ts';

const page = readFileSync('docs/reference/graphql-errors.md', 'utf8');

it('the reference of errors has one row for each code, and for no other', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(rows.toSorted()).toEqual([...errorCodes].toSorted());
});
