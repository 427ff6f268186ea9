import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { AppendReq } from '@eventstore/db-client/generated/streams_pb.js';
import streamsPb, { type AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, sendUnaryData } from '@grpc/grpc-js';
import { assertNever } from '../../../src/domain/assertNever.ts';
import type { AppendOutcome, Expected, MemoryLog, ProposedEvent } from './memoryLog.ts';
import { serverErrors } from './serverErrors.ts';

/** Writes an append once all its events are there, and then answers it, if `isAnswered`. */
export function answerAppend(
  call: ServerReadableStream<AppendReq, AppendResp>,
  answer: sendUnaryData<AppendResp>,
  log: MemoryLog,
  isAnswered: () => boolean,
): void {
  let options: AppendReq.Options | undefined;
  const events: ProposedEvent[] = [];
  call.on('data', (request: AppendReq) => {
    options ??= request.getOptions();
    const message = request.getProposedMessage();
    if (message) events.push(proposedEvent(message));
  });
  // A broken connection ends the stream, too, and only then cancels the call.
  call.on('end', () => setImmediate(write));

  function write(): void {
    if (!options || call.cancelled) return;
    const stream = Buffer.from(options.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString();
    const outcome = log.append(stream, events, expectedOf(options));
    if (isAnswered()) answer(...answerOf(outcome, stream, options));
  }
}

function answerOf(
  outcome: AppendOutcome,
  stream: string,
  options: AppendReq.Options,
): Parameters<sendUnaryData<AppendResp>> {
  switch (outcome.kind) {
    case 'appended':
      return [null, appended(outcome)];
    case 'wrongRevision':
      return [null, wrongRevision(outcome.actual, options)];
    case 'tooLarge':
      return [serverErrors.appendTooLarge(outcome.maxBytes)];
    case 'deleted':
      return [serverErrors.streamDeleted(stream)];
    default:
      return assertNever(outcome);
  }
}

function appended({ revision, position }: Extract<AppendOutcome, { kind: 'appended' }>): AppendResp {
  const place = new streamsPb.AppendResp.Position();
  place.setCommitPosition(String(position)).setPreparePosition(String(position));
  const success = new streamsPb.AppendResp.Success();
  success.setCurrentRevision(String(revision)).setPosition(place);
  return new streamsPb.AppendResp().setSuccess(success);
}

function wrongRevision(actual: number | 'noStream', options: AppendReq.Options): AppendResp {
  const wrong = new streamsPb.AppendResp.WrongExpectedVersion();
  if (actual === 'noStream') wrong.setCurrentNoStream(new sharedPb.Empty());
  else wrong.setCurrentRevision(String(actual));
  if (options.hasRevision()) wrong.setExpectedRevision(options.getRevision());
  if (options.hasNoStream()) wrong.setExpectedNoStream(new sharedPb.Empty());
  if (options.hasAny()) wrong.setExpectedAny(new sharedPb.Empty());
  return new streamsPb.AppendResp().setWrongExpectedVersion(wrong);
}

function expectedOf(options: AppendReq.Options): Expected {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'noStream';
  if (options.hasStreamExists()) return 'streamExists';
  return Number(options.getRevision());
}

function proposedEvent(message: AppendReq.ProposedMessage): ProposedEvent {
  return {
    id: message.getId()?.getString() ?? '',
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}
