import type { DatabaseSync } from 'node:sqlite';

/** Kept in the file's `user_version`; each change of the tables counts it up. */
const schemaVersion = 1;

/**
 * `sequence` is the place in the whole log: SQLite gives each new row the highest yet plus one, and no row is ever deleted, so
 * numbers only rise. An index on a column ends in the row's sequence by itself, so those on category and type are in log order.
 * Ids are indexed within their stream: a repeated append is looked for only there, and new streams' rows stay close together.
 */
const tables = `
  CREATE TABLE events (
    sequence    INTEGER PRIMARY KEY,
    stream      TEXT    NOT NULL,
    revision    INTEGER NOT NULL,
    category    TEXT    NOT NULL,
    type        TEXT    NOT NULL,
    id          TEXT    NOT NULL,
    recorded_ms INTEGER NOT NULL,
    metadata    TEXT    NOT NULL,
    data        TEXT    NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX events_by_stream ON events (stream, revision);
  CREATE INDEX events_by_id ON events (stream, id);
  CREATE INDEX events_by_category ON events (category);
  CREATE INDEX events_by_type ON events (type);
`;

/** Makes the event log's tables in a new file. Throws where a newer program wrote the file. */
export function createEventTables(database: DatabaseSync): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version);
  if (version > schemaVersion) {
    throw new Error(
      `The event log has format ${version}; this program knows up to ${schemaVersion}. A newer oneoff wrote it.`,
    );
  }
  if (version === 0) {
    database.exec(`BEGIN IMMEDIATE; ${tables} PRAGMA user_version = ${schemaVersion}; COMMIT;`);
  }
}
