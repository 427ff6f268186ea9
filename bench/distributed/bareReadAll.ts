/* Reads every event of an EventStoreDB by its client, which parses their JSON, and does nothing with them. Argument: the connection string. */
import { EventStoreDBClient } from '@eventstore/db-client';

const [connectionString = ''] = process.argv.slice(2);
const client = EventStoreDBClient.connectionString(connectionString);
const startedMs = performance.now();
let events = 0;
for await (const { event } of client.readAll()) if (event !== undefined) events += 1;
const seconds = (performance.now() - startedMs) / 1000;
await client.dispose();
console.log(JSON.stringify({ events, seconds }));
process.exit(0);
