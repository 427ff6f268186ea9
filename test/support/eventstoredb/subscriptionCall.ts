import { randomUUID } from 'node:crypto';
import type { ReadReq, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { LogRecord, MemoryLog } from './memoryLog.ts';
import { type ReadCall, send, startOf } from './readCall.ts';
import { checkpointResponse, confirmationResponse, eventResponse } from './readResponses.ts';
import { serverErrors } from './serverErrors.ts';

/** What the server holds for a live subscriber. */
const maxLiveEvents = 32;
const pageEvents = 32;

export type Subscription = Readonly<{ drop(): void }>;

/**
 * Answers a subscription to the whole log: page by page at the reader's pace, then live, as it is written. A live reader who falls
 * behind by more than 32 is dropped. `opened` is told of the subscription, and answers what to call at its end.
 */
export async function answerSubscription(
  call: ReadCall,
  log: MemoryLog,
  opened: (subscription: Subscription) => () => void,
): Promise<void> {
  const from = startOf(call, log);
  if (from === 'nowhere') return void call.emit('error', serverErrors.unexpected());
  const filter = call.request.getOptions()?.getFilter();
  const wants = matcher(filter);
  const interval = pageEvents * (filter?.getCheckpointintervalmultiplier() ?? 0);
  let considered = 0;
  let isOver = false;
  let unfollow = () => {};
  const over = () => {
    isOver = true;
    unfollow();
    closed();
  };
  const closed = opened({
    drop: () => {
      if (isOver) return;
      over();
      call.emit('error', serverErrors.consumerTooSlow());
    },
  });
  call.on('cancelled', over);

  const countCheckpoint = (count: number): boolean => {
    considered += count;
    if (interval === 0 || considered < interval) return false;
    considered %= interval;
    return true;
  };

  await send(call, confirmationResponse(randomUUID()));
  // From a position that is given, the server goes on after the first record that it finds there.
  const given = call.request.getOptions()?.getAll()?.hasPosition() ?? false;
  let index = from === 'end' ? log.records().length : log.indexAt(from) + (given ? 1 : 0);
  while (!isOver && index < log.records().length) {
    const page = log.records().slice(index, index + pageEvents);
    const matching = page.filter(wants);
    for (const record of matching) await send(call, eventResponse(record));
    const isEnd = index + page.length >= log.records().length;
    if (!isEnd && countCheckpoint(page.length)) await send(call, pageCheckpoint(page, matching));
    index += page.length;
  }
  if (!isOver) goLive();

  function goLive(): void {
    const waiting: ReadResp[] = [];
    let isPumping = false;
    unfollow = log.follow((appended) => {
      for (const record of appended) {
        if (wants(record)) waiting.push(eventResponse(record));
        if (countCheckpoint(1)) waiting.push(checkpointResponse(record.position, record.position));
        if (waiting.length > maxLiveEvents) return drop();
      }
      void pump();
    });

    function drop(): void {
      // What waits is delivered first.
      over();
      for (const response of waiting.splice(0)) call.write(response);
      call.emit('error', serverErrors.consumerTooSlow());
    }

    async function pump(): Promise<void> {
      if (isPumping) return;
      isPumping = true;
      for (let next = waiting.shift(); next && !isOver; next = waiting.shift()) await send(call, next);
      isPumping = false;
    }
  }
}

/** In a page in which nothing matched, the checkpoint is where the page began, written like no event's position. */
function pageCheckpoint(page: readonly LogRecord[], matching: readonly LogRecord[]): ReadResp {
  const last = matching.at(-1);
  if (last) return checkpointResponse(last.position, last.position);
  return checkpointResponse(page[0]?.position ?? 0n, 0n);
}

function matcher(filter: ReadReq.Options.FilterOptions | undefined): (record: LogRecord) => boolean {
  if (!filter) return () => true;
  const expression = filter.getEventType() ?? filter.getStreamIdentifier();
  const textOf = ({ type, stream }: LogRecord) => (filter.hasEventType() ? type : stream);
  const regex = expression?.getRegex() ?? '';
  if (regex !== '') return (record) => new RegExp(regex).test(textOf(record));
  const prefixes = expression?.getPrefixList() ?? [];
  return (record) => prefixes.some((prefix) => textOf(record).startsWith(prefix));
}
