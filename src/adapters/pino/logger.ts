import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import pinoPretty from 'pino-pretty';
import type { LogFields, Logger } from '../../ports/telemetry.ts';

export type PinoLoggerOptions = Readonly<{
  level: 'debug' | 'info' | 'warn' | 'error';
  /** `pretty` is for eyes on a terminal, `json` is one object a line. */
  format: 'json' | 'pretty';
  /** Where lines go; standard output unless said otherwise. */
  destination?: DestinationStream;
}>;

/** Names whose values are credentials wherever they stand, up to two objects deep. The last guard, not the only one. */
const credentialNames = ['authorization', 'cookie', 'password', 'secret', 'token', 'secretKey'];

/**
 * A logger that writes at once, so that the last line before a crash is there. Times are ISO-8601; an `error` field is written
 * with its stack and the chain of its causes; credentials are replaced by `[redacted]`.
 */
export function createPinoLogger({ level, format, destination }: PinoLoggerOptions): Logger {
  const stream = destination ?? pino.destination({ dest: 1, sync: true });
  const output = format === 'pretty' ? prettyStream(stream) : stream;
  return portLogger(
    pino(
      {
        level,
        base: null,
        timestamp: pino.stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        errorKey: 'error',
        serializers: { error: pino.stdSerializers.errWithCause },
        redact: {
          paths: credentialNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]),
          censor: '[redacted]',
        },
      },
      output,
    ),
  );
}

/** Formats in this thread, line by line: a worker's last lines would be lost in a crash. */
function prettyStream(stream: DestinationStream): DestinationStream {
  const prettify = pinoPretty.prettyFactory({ translateTime: 'SYS:HH:MM:ss.l' });
  return { write: (line) => stream.write(prettify(line)) };
}

function portLogger(logger: PinoLogger): Logger {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields: LogFields) => portLogger(logger.child(fields)),
  };
}
