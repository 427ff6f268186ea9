import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb, {
  type BatchAppendReq as AppendRequest,
} from '@eventstore/db-client/generated/streams_pb.js';
import type { ExpectedRevision, NewEvent } from '../../ports/eventStore.ts';
import { toServerMetadata } from './eventStoreEvent.ts';

/** An event as the server stores it: data and metadata are JSON in UTF-8. */
export type ProposedEvent = Readonly<{ id: string; type: string; data: Uint8Array; metadata: Uint8Array }>;

const { BatchAppendReq } = streamsPb;

/** Throws a `TypeError` for data that JSON cannot hold. */
export function toProposedEvent(event: NewEvent): ProposedEvent {
  const { id, type, data } = event;
  return { id, type, data: toJson(data), metadata: toJson(toServerMetadata(event)) };
}

/** Of what counts for the size of an append. */
export function proposedBytes({ data, metadata }: ProposedEvent): number {
  return data.byteLength + metadata.byteLength;
}

/** One append, whole. Without a deadline, which would be a time of day by this machine's clock, the server takes its own. */
export function appendRequest(
  correlationId: string,
  serverStream: string,
  events: readonly ProposedEvent[],
  expected: ExpectedRevision,
): AppendRequest {
  const options = new BatchAppendReq.Options();
  options.setStreamIdentifier(
    new sharedPb.StreamIdentifier().setStreamName(Buffer.from(serverStream, 'utf8')),
  );
  if (expected === 'any') options.setAny(new sharedPb.Empty());
  else if (expected === 'noStream') options.setNoStream(new sharedPb.Empty());
  else options.setStreamPosition(String(expected));
  return new BatchAppendReq()
    .setCorrelationId(uuid(correlationId))
    .setOptions(options)
    .setProposedMessagesList(events.map(toMessage))
    .setIsFinal(true);
}

function toMessage({ id, type, data, metadata }: ProposedEvent) {
  const message = new BatchAppendReq.ProposedMessage()
    .setId(uuid(id))
    .setData(data)
    .setCustomMetadata(metadata);
  message.getMetadataMap().set('type', type).set('content-type', 'application/json');
  return message;
}

function uuid(text: string) {
  return new sharedPb.UUID().setString(text);
}

function toJson(value: unknown): Uint8Array {
  const json: string | undefined = JSON.stringify(value);
  if (json === undefined) throw new TypeError(`An event's data is JSON, not ${typeof value}`);
  return Buffer.from(json, 'utf8');
}
