import type { JetStreamClient, JetStreamManager } from 'nats';
import { z } from 'zod';
import { jetStreamErrorCode } from './natsConnection.ts';
import { type Bucket, serverCodes, unlessRefused } from './streams.ts';

const payload = z.object({ holder: z.string().nullable(), node: z.string() });

/** Who holds an office, as the server has it. */
export type SeatEntry = Readonly<{
  /** Rises with each change; 0 where nobody ever held it. */
  revision: number;
  holder: string | null;
}>;

/** One office: a key of a bucket, which only he changes who knows its last revision. Its methods throw what the client throws. */
export type LeaderLeaseSeat = Readonly<{
  read(): Promise<SeatEntry>;
  /** Puts `holder` in the place of what has `revision`, and answers the new revision; undefined where that is not the last any more. */
  replace(revision: number, holder: string | null): Promise<number | undefined>;
}>;

export type LeaderLeaseSeatOptions = Readonly<{
  jetStream: JetStreamClient;
  manager: JetStreamManager;
  bucket: Bucket;
  key: string;
  /** What an operator knows this node by. */
  node: string;
}>;

export function createLeaderLeaseSeat(options: LeaderLeaseSeatOptions): LeaderLeaseSeat {
  const { jetStream, manager, bucket, key, node } = options;
  const subject = bucket.subjectOf(key);
  return {
    read: async () => {
      const last = manager.streams.getMessage(bucket.stream, { last_by_subj: subject });
      const found = await unlessRefused(last, serverCodes.messageNotFound);
      if (found === undefined) return { revision: 0, holder: null };
      return { revision: found.seq, holder: holderIn(found.data) };
    },
    replace: async (revision, holder) => {
      const expect = { lastSubjectSequence: revision };
      try {
        return (await jetStream.publish(subject, JSON.stringify({ holder, node }), { expect })).seq;
      } catch (error) {
        if (jetStreamErrorCode(error) === serverCodes.wrongLastSequence) return undefined;
        throw error;
      }
    },
  };
}

/** What cannot be read is taken for somebody, who loses the office if he does not renew it. */
function holderIn(data: Uint8Array): string | null {
  try {
    const parsed = payload.safeParse(JSON.parse(new TextDecoder().decode(data)));
    return parsed.success ? parsed.data.holder : 'unreadable';
  } catch {
    return 'unreadable';
  }
}
