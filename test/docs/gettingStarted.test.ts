import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { runPage, withoutChance } from '../support/pageExamples.ts';
import { type ServerProcess, serverProcess } from '../support/serverProcess.ts';
import { tempFolder } from '../support/tempFolder.ts';

let server: ServerProcess;
let folder: Awaited<ReturnType<typeof tempFolder>>;
beforeEach(async () => {
  folder = await tempFolder();
  server = await serverProcess({ ONEOFF_ENGINE: 'process', ONEOFF_SAMPLE: 'yes' });
  await server.start();
});
afterEach(async () => {
  await server.dispose();
  await folder.remove();
});

it('every example of the page can be pasted as it stands, and prints what the page shows', async () => {
  // The follower wants oneoff's folder only for its packages.
  symlinkSync(join(process.cwd(), 'node_modules'), join(folder.path, 'node_modules'));
  const examples = await runPage('docs/getting-started.md', {
    folder: folder.path,
    environment: {},
    replace: {
      '127.0.0.1:4000': server.url.replace('http://', ''),
      'oneoff_…        # the token that the first start printed': server.token(),
    },
  });
  expect(examples.length).toBeGreaterThan(8);
  const printed = examples.map((example) => ({ ...example, printed: withoutChance(example.printed) }));
  expect(printed).toEqual(
    examples.map((example) => ({ ...example, printed: withoutChance(example.shown ?? '') })),
  );
});
