import { randomBytes } from 'node:crypto';
import { encodeXid, type JobId } from '../../src/domain/ids.ts';

/** One that no other test has: a real engine is shared with other suites, and all that runs for a job is found on the whole machine. */
export function randomJobId(): JobId {
  const bytes = randomBytes(12);
  return `job-${encodeXid({
    timeSeconds: bytes.readUInt32BE(0),
    machine: bytes.readUIntBE(4, 3),
    process: bytes.readUInt16BE(7),
    counter: bytes.readUIntBE(9, 3),
  })}`;
}
