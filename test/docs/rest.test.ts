import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { httpStatus } from '../../src/api/operations/errorCodes.ts';
import { runPage, withoutChance } from '../support/pageExamples.ts';
import { type ServerProcess, serverProcess } from '../support/serverProcess.ts';

const page = 'docs/reference/rest.md';
let server: ServerProcess;
beforeEach(async () => {
  server = await serverProcess({ ONEOFF_ENGINE: 'process', ONEOFF_SAMPLE: 'yes' });
  await server.start();
});
afterEach(() => server.dispose());

it('every example of the page can be pasted as it stands, and prints what the page shows', async () => {
  const examples = await runPage(page, {
    folder: '.',
    environment: {},
    replace: {
      '127.0.0.1:4000': server.url.replace('http://', ''),
      'oneoff_…        # the token that the first start printed': server.token(),
    },
  });
  expect(examples).toHaveLength(3);
  for (const { printed, shown } of examples) expect(withoutChance(printed)).toBe(shown ?? '');
});

it('the table of errors has each code that REST answers under its status', () => {
  const rows = [...readFileSync(page, 'utf8').matchAll(/^\| ([\d, ]+) \| (`[A-Z_]+`.*) \|$/gm)];
  const listed = rows.flatMap(([, statuses = '', codes = '']) =>
    [...codes.matchAll(/`([A-Z_]{5,})`/g)].flatMap(([, code]) =>
      code?.startsWith('ONEOFF_') ? [] : `${statuses} ${code}`,
    ),
  );
  // What only GraphQL says, and what is not told apart from a fault.
  const others = /GRAPHQL|QUERY_TOO_COMPLEX|JOB_FINISHED|INTERNAL/;
  const wanted = Object.entries(httpStatus).filter(([code]) => !others.test(code));
  expect(listed).toEqual(expect.arrayContaining(wanted.map(([code, status]) => `${status} ${code}`)));
});
