import { parentPort, workerData } from 'node:worker_threads';
import { collectAtRest } from '../shared/collectAtRest.ts';
import { type AppendGroup, createGroupWriter } from './eventStoreGroupWriter.ts';
import type { WriterAnswer } from './eventStoreWriter.ts';
import { openDatabase } from './openDatabase.ts';

// The thread of eventStoreWriter.ts: each message is a group, and each gets one answer.

const database = openDatabase(String(workerData.path), { synchronous: 'FULL' });
const writeGroup = createGroupWriter(database);
const collection = collectAtRest();
if (parentPort === null) throw new Error('This is the program of a thread');
const port = parentPort;

port.on('message', (message: AppendGroup | 'close') => {
  if (message === 'close') {
    collection[Symbol.dispose]();
    database.close();
    port.close();
  } else port.postMessage(answerTo(message));
});

function answerTo(group: AppendGroup): WriterAnswer {
  try {
    return { committed: writeGroup(group) };
  } catch (error) {
    // A message drops what errors have beside their text, and SQLite's codes are what tells whose fault it is.
    const { message, code, errcode } = error as Error & { code?: string; errcode?: number };
    return { failure: { message, code, errcode } };
  }
}
