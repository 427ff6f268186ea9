import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const read = (name: string) => readFileSync(join(import.meta.dirname, '..', '..', name), 'utf8');

test('the image starts the server with the variables and flags of npm start', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: { start: string } };
  const words = scripts.start.split(' ');
  const command = words.slice(words.indexOf('node'));
  const dockerfile = read('Dockerfile');
  expect(dockerfile).toContain(`\nCMD [${command.map((word) => JSON.stringify(word)).join(', ')}]\n`);
  const variables = words.slice(0, words.indexOf('node'));
  expect(variables.length).toBeGreaterThan(0);
  for (const variable of variables) {
    expect(dockerfile.replaceAll('=/app/', '=')).toMatch(new RegExp(`^(ENV| ) +${variable}( \\\\)?$`, 'm'));
  }
});
