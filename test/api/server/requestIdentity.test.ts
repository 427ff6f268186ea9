import { expect, test } from 'vitest';
import { traceparentOf } from '../../../src/api/server/requestIdentity.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';

test('a traceparent is kept as it came', () => {
  expect(traceparentOf({ traceparent: `00-${trace}-${parent}-01` })).toBe(`00-${trace}-${parent}-01`);
});

test.each([
  undefined,
  '',
  ['00', trace],
  `00-${trace}-${parent}`,
  `00-${trace.toUpperCase()}-${parent}-01`,
  `00-${'0'.repeat(32)}-${parent}-01`,
  `00-${trace}-${'0'.repeat(16)}-01`,
  `ff-${trace}-${parent}-01`,
  `00-${trace}-${parent}-01 `,
])('a traceparent of %j counts as none', (traceparent) => {
  expect(traceparentOf({ traceparent })).toBeNull();
});
