import { parseArgs } from 'node:util';
import { startEventStoreDbServer } from './eventStoreDbServer.ts';
import { openJournal } from './journal.ts';

/**
 * The stand-in as a program: node test/support/eventstoredb/main.ts [--port N] [--file F]. Without a port it takes a free one; without a
 * file it forgets all at its end. Prints its connection string once it takes connections, and runs until a signal ends it.
 */
const { port = '0', file } = parseArgs({
  options: { port: { type: 'string' }, file: { type: 'string' } },
}).values;
const server = await startEventStoreDbServer({
  port: Number(port),
  ...(file !== undefined && { journal: openJournal(file) }),
});
console.log(`EventStoreDB's stand-in is ready at ${server.connectionString}`);
