import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { LogRecord, MemoryLog } from './memoryLog.ts';
import { eventResponse, streamNotFoundResponse } from './readResponses.ts';
import { serverErrors } from './serverErrors.ts';

export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;

/** Answers a read of a stream or of the whole log, at the pace of its reader. A read of the log has no filter on this version. */
export async function answerRead(call: ReadCall, log: MemoryLog): Promise<void> {
  const options = call.request.getOptions();
  const isBackwards = options?.getReadDirection() === 1;
  const maxCount = Number(options?.getCount() ?? 0);
  const streamOptions = options?.getStream();
  let found: Iterable<LogRecord>;
  if (streamOptions) {
    const name = Buffer.from(streamOptions.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
    const stream = log.stream(name);
    if (stream?.isTombstoned) return void call.emit('error', serverErrors.streamDeleted(name));
    if (!stream || stream.isDeleted) {
      await send(call, streamNotFoundResponse(name));
      return void call.end();
    }
    const from = streamOptions.hasRevision() ? Number(streamOptions.getRevision()) : undefined;
    found = isBackwards
      ? stream.records.filter(({ revision }) => revision <= (from ?? revision)).reverse()
      : stream.records.filter(({ revision }) => revision >= (from ?? 0));
  } else {
    const from = startOf(call, log);
    if (from === 'nowhere') return void call.emit('error', serverErrors.unexpected());
    found = isBackwards ? before(log, from) : from === 'end' ? [] : fromOn(log, from);
  }
  let left = maxCount;
  for (const record of found) {
    if (left <= 0 || call.cancelled) break;
    left -= 1;
    await send(call, eventResponse(record));
  }
  call.end();
}

/** Where a read of the log begins; `nowhere` is a position at which no record begins. */
export function startOf(call: ReadCall, log: MemoryLog): bigint | 'end' | 'nowhere' {
  const all = call.request.getOptions()?.getAll();
  if (all?.hasEnd()) return 'end';
  const position = all?.getPosition();
  if (!position) return 0n;
  const commit = BigInt(position.getCommitPosition());
  const isThere = log.records()[log.indexAt(commit)]?.position === commit;
  return isThere || commit >= log.tail() ? commit : 'nowhere';
}

/** Writes, and waits where the reader does not keep up. */
export async function send(call: ReadCall, response: ReadResp): Promise<void> {
  if (call.cancelled || call.write(response)) return;
  await new Promise<void>((resolve) => {
    const go = () => {
      call.off('drain', go);
      call.off('cancelled', go);
      resolve();
    };
    call.on('drain', go);
    call.on('cancelled', go);
  });
}

function* fromOn(log: MemoryLog, position: bigint): Generator<LogRecord> {
  for (let index = log.indexAt(position); index < log.records().length; index += 1) {
    const record = log.records()[index];
    if (record) yield record;
  }
}

function* before(log: MemoryLog, position: bigint | 'end'): Generator<LogRecord> {
  const end = position === 'end' ? log.records().length : log.indexAt(position);
  for (let index = end - 1; index >= 0; index -= 1) {
    const record = log.records()[index];
    if (record) yield record;
  }
}
