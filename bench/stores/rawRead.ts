/* Reads every event of a log in its order and parses its JSON, and does nothing with it. Argument: the file. */
import { DatabaseSync } from 'node:sqlite';

const [path = ''] = process.argv.slice(2);
const database = new DatabaseSync(path, { readOnly: true });
const startedMs = performance.now();
let events = 0;
const rows = database.prepare(
  'SELECT sequence, stream, revision, type, id, recorded_ms, metadata, data FROM events ORDER BY sequence',
);
for (const row of rows.iterate()) {
  JSON.parse(String(row.metadata));
  JSON.parse(String(row.data));
  events += 1;
}
console.log(JSON.stringify({ events, seconds: (performance.now() - startedMs) / 1000 }));
