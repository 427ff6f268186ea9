import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How many events of each type the log of a stopped server holds. */
export function countEvents(dataFolder: string): Readonly<Record<string, number>> {
  using closing = new DisposableStack();
  const database = closing.adopt(
    new DatabaseSync(join(dataFolder, 'events.sqlite'), { readOnly: true }),
    (opened) => opened.close(),
  );
  const rows = database.prepare('SELECT type, count(*) AS events FROM events GROUP BY type').all();
  return Object.fromEntries(rows.map(({ type, events }) => [String(type), Number(events)]));
}
