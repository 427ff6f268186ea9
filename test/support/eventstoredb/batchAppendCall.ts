import codePb from '@eventstore/db-client/generated/code_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import statusPb from '@eventstore/db-client/generated/status_pb.js';
import streamsPb, {
  type BatchAppendReq,
  type BatchAppendResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream, ServerErrorResponse } from '@grpc/grpc-js';
import type { Message } from 'google-protobuf';
import anyPb from 'google-protobuf/google/protobuf/any_pb.js';
import { assertNever } from '../../../src/domain/assertNever.ts';
import type { AppendOutcome, Expected, MemoryLog, ProposedEvent } from './memoryLog.ts';

const { Code } = codePb;

type Call = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;

/** An append of which not all events are there yet. */
type Unfinished = Readonly<{ options: BatchAppendReq.Options; events: ProposedEvent[] }>;

export type BatchAppends = Readonly<{
  log: MemoryLog;
  /** Why appends are not taken now: an error ends the call, a text refuses the append. */
  refusal: () => ServerErrorResponse | string | undefined;
  /** Whether what was written is answered. */
  isAnswered: () => boolean;
}>;

/** Takes appends for as long as the call lasts, writes each once all its events are there, and answers each as soon as it is written. */
export function answerBatchAppends(call: Call, { log, refusal, isAnswered }: BatchAppends): void {
  const unfinished = new Map<string, Unfinished>();
  call.on('data', (request: BatchAppendReq) => {
    const id = request.getCorrelationId()?.getString() ?? '';
    const options = request.getOptions();
    if (options) unfinished.set(id, { options, events: [] });
    const append = unfinished.get(id);
    append?.events.push(...request.getProposedMessagesList().map(proposedEvent));
    if (!append || !request.getIsFinal()) return;
    unfinished.delete(id);
    const refused = refusal();
    if (typeof refused === 'object') return void call.emit('error', refused);
    const stream = append.options.getStreamIdentifier();
    const response = new streamsPb.BatchAppendResp()
      .setCorrelationId(request.getCorrelationId())
      .setStreamIdentifier(stream);
    if (refused !== undefined) return void call.write(response.setError(notHandled(refused)));
    const name = Buffer.from(stream?.getStreamName_asU8() ?? []).toString();
    const outcome = log.append(name, append.events, expectedOf(append.options));
    if (isAnswered()) call.write(withOutcome(response, outcome, append.options));
  });
  call.on('end', () => call.end());
}

function withOutcome(
  response: BatchAppendResp,
  outcome: AppendOutcome,
  options: BatchAppendReq.Options,
): BatchAppendResp {
  switch (outcome.kind) {
    case 'appended': {
      const place = String(outcome.position);
      const success = new streamsPb.BatchAppendResp.Success()
        .setCurrentRevision(String(outcome.revision))
        .setPosition(new sharedPb.AllStreamPosition().setCommitPosition(place).setPreparePosition(place));
      return response.setSuccess(success);
    }
    case 'wrongRevision': {
      const details = wrongRevision(outcome.actual, options);
      return response.setError(failure(Code.ALREADY_EXISTS, 'WrongExpectedVersion', details));
    }
    case 'tooLarge': {
      const details = new sharedPb.MaximumAppendSizeExceeded().setMaxappendsize(outcome.maxBytes);
      return response.setError(failure(Code.INVALID_ARGUMENT, 'MaximumAppendSizeExceeded', details));
    }
    case 'deleted': {
      const details = new sharedPb.StreamDeleted().setStreamIdentifier(options.getStreamIdentifier());
      return response.setError(failure(Code.NOT_FOUND, 'StreamDeleted', details));
    }
    default:
      return assertNever(outcome);
  }
}

function wrongRevision(actual: number | 'noStream', options: BatchAppendReq.Options) {
  const wrong = new sharedPb.WrongExpectedVersion();
  if (actual === 'noStream') wrong.setCurrentNoStream(new sharedPb.Empty());
  else wrong.setCurrentStreamRevision(String(actual));
  if (options.hasStreamPosition()) wrong.setExpectedStreamPosition(options.getStreamPosition());
  if (options.hasNoStream()) wrong.setExpectedNoStream(new sharedPb.Empty());
  if (options.hasAny()) wrong.setExpectedAny(new sharedPb.Empty());
  if (options.hasStreamExists()) wrong.setExpectedStreamExists(new sharedPb.Empty());
  return wrong;
}

/** An error whose message says which type its details are of. */
function failure(code: codePb.Code, type: string, details: Message) {
  const packed = new anyPb.Any();
  packed.pack(details.serializeBinary(), `event_store.client.${type}`);
  return new statusPb.Status().setCode(code).setMessage(type).setDetails(packed);
}

/** The server gives these no code, and details that say nothing. */
function notHandled(message: string) {
  const nothing = new anyPb.Any();
  nothing.pack(new sharedPb.Empty().serializeBinary(), 'google.protobuf.Empty');
  return new statusPb.Status().setMessage(message).setDetails(nothing);
}

function expectedOf(options: BatchAppendReq.Options): Expected {
  if (options.hasAny()) return 'any';
  if (options.hasNoStream()) return 'noStream';
  if (options.hasStreamExists()) return 'streamExists';
  return Number(options.getStreamPosition());
}

function proposedEvent(message: BatchAppendReq.ProposedMessage): ProposedEvent {
  return {
    id: message.getId()?.getString() ?? '',
    type: message.getMetadataMap().get('type') ?? '',
    contentType: message.getMetadataMap().get('content-type') ?? '',
    data: message.getData_asU8(),
    metadata: message.getCustomMetadata_asU8(),
  };
}
