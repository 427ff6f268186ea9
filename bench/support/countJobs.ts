import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How many jobs the read models of a stopped server show. */
export function countJobs(dataFolder: string): number {
  using closing = new DisposableStack();
  const database = closing.adopt(
    new DatabaseSync(join(dataFolder, 'read-models.sqlite'), { readOnly: true }),
    (opened) => opened.close(),
  );
  return Number(database.prepare('SELECT count(*) AS jobs FROM jobs').get()?.jobs);
}
