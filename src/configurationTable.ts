/** One setting: its environment variable, what it may be, and why its default is what it is. */
export type Variable<Value> = Readonly<{
  variable: string;
  default: Value;
  unit: string;
  reason: string;
  secret: boolean;
  parse: (text: string) => Readonly<{ value: Value }> | Readonly<{ wanted: string }>;
}>;

const gibibyte = 1024 ** 3;
const mebibyte = 1024 ** 2;

/** The one table of settings. docs/reference/configuration.md shows it, and a test holds the two together. */
export const configurationTable = {
  host: text(
    'ONEOFF_HOST',
    '127.0.0.1',
    'address',
    'Only this machine can connect until an operator says otherwise.',
  ),
  port: integer('ONEOFF_PORT', 4000, [0, 65_535], 'TCP port', '0 takes any free one.'),
  dataFolder: text(
    'ONEOFF_DATA_FOLDER',
    './data',
    'path',
    'Everything that oneoff keeps, in one folder to back up.',
  ),
  plansFile: text('ONEOFF_PLANS_FILE', '', 'path', 'Empty: the plans.json that comes with oneoff.'),
  secretKey: secretKey(
    'ONEOFF_SECRET_KEY',
    'Empty: a key made at first start, kept in the data folder (mode 0600).',
  ),
  logLevel: oneOf(
    'ONEOFF_LOG_LEVEL',
    'info',
    ['debug', 'info', 'warn', 'error'],
    'Enough to follow what happened.',
  ),
  logFormat: oneOf(
    'ONEOFF_LOG_FORMAT',
    'auto',
    ['auto', 'json', 'pretty'],
    'Pretty on a terminal, JSON elsewhere.',
  ),

  engine: oneOf(
    'ONEOFF_ENGINE',
    'auto',
    ['auto', 'docker', 'process'],
    'Docker where an engine answers, else local processes without isolation.',
  ),
  dockerRequestTimeoutMs: integer(
    'ONEOFF_DOCKER_REQUEST_TIMEOUT_MS',
    60_000,
    [100, 600_000],
    'ms',
    'A busy engine creates slowly.',
  ),
  imagePullTimeoutSeconds: integer(
    'ONEOFF_IMAGE_PULL_TIMEOUT_SECONDS',
    600,
    [1, 86_400],
    's',
    'Large images on slow lines.',
  ),
  runnerSlots: integer(
    'ONEOFF_RUNNER_SLOTS',
    50,
    [1, 10_000],
    'containers',
    'Beyond this an engine gets slow to start any.',
  ),
  runnerMemoryBytes: integer(
    'ONEOFF_RUNNER_MEMORY_BYTES',
    0,
    [0, 1024 * gibibyte],
    'bytes',
    '0: what the host has.',
  ),
  runnerCpuMillis: integer(
    'ONEOFF_RUNNER_CPU_MILLIS',
    0,
    [0, 10_000_000],
    'thousandths of a CPU',
    '0: what the host has.',
  ),
  runnerLeaseSeconds: integer(
    'ONEOFF_RUNNER_LEASE_SECONDS',
    30,
    [1, 3600],
    's',
    'How long a job whose engine does not answer is kept before it ends as runnerLost.',
  ),

  jobTimeoutSeconds: integer(
    'ONEOFF_JOB_TIMEOUT_SECONDS',
    2_592_000,
    [1, 31_536_000],
    's',
    '30 days: the longest a job may run.',
  ),
  jobGraceSeconds: integer(
    'ONEOFF_JOB_GRACE_SECONDS',
    30,
    [0, 600],
    's',
    'Between TERM and KILL, unless the job says otherwise.',
  ),
  jobPendingLimitSeconds: integer(
    'ONEOFF_JOB_PENDING_LIMIT_SECONDS',
    86_400,
    [1, 31_536_000],
    's',
    'A job that nothing could run for a day is not wanted any more: it ends as expired.',
  ),
  jobMaxProcesses: integer(
    'ONEOFF_JOB_MAX_PROCESSES',
    1024,
    [2, 4_194_304],
    'processes',
    'Stops a fork bomb, not a build.',
  ),

  logLineCapBytes: integer(
    'ONEOFF_LOG_LINE_CAP_BYTES',
    65_536,
    [256, 16 * mebibyte],
    'bytes',
    'A longer line is cut, visibly.',
  ),
  logCapBytes: integer(
    'ONEOFF_LOG_CAP_BYTES',
    64 * mebibyte,
    [1024, 1024 * gibibyte],
    'bytes',
    'Of one job; what follows is dropped, visibly. The engine keeps up to 16 times as much on its disk.',
  ),
  logBatchLines: integer(
    'ONEOFF_LOG_BATCH_LINES',
    1000,
    [1, 100_000],
    'lines',
    'Kept in one write, sent in one message.',
  ),
  logFlushMs: integer(
    'ONEOFF_LOG_FLUSH_MS',
    50,
    [1, 10_000],
    'ms',
    'The longest a slow line waits before it is shown.',
  ),

  logDrainSeconds: integer(
    'ONEOFF_LOG_DRAIN_SECONDS',
    300,
    [1, 86_400],
    's',
    'After its end a container may still be read for so long.',
  ),

  retryMinMs: integer(
    'ONEOFF_RETRY_MIN_MS',
    50,
    [1, 60_000],
    'ms',
    'The first wait of a background loop that failed.',
  ),
  retryMaxMs: integer(
    'ONEOFF_RETRY_MAX_MS',
    5000,
    [1, 3_600_000],
    'ms',
    'The longest; each wait doubles up to it.',
  ),
  queueMaxWaiting: integer(
    'ONEOFF_QUEUE_MAX_WAITING',
    100_000,
    [1, 10_000_000],
    'jobs',
    'Held in memory; more wait in the event log.',
  ),
  queuePatienceSeconds: integer(
    'ONEOFF_QUEUE_PATIENCE_SECONDS',
    60,
    [0, 86_400],
    's',
    'A large job that smaller ones overtook for so long holds them back until it fits.',
  ),
  maxPendingAppends: integer(
    'ONEOFF_MAX_PENDING_APPENDS',
    10_000,
    [1, 1_000_000],
    'appends',
    'Beyond it writes are refused, not queued.',
  ),
  recentEvents: integer(
    'ONEOFF_RECENT_EVENTS',
    1024,
    [16, 1_000_000],
    'events',
    'Held in memory for live subscribers; older ones are read.',
  ),

  maxConnections: integer(
    'ONEOFF_MAX_CONNECTIONS',
    10_000,
    [1, 1_000_000],
    'connections',
    'Each costs memory; more are refused.',
  ),
  requestTimeoutMs: integer(
    'ONEOFF_REQUEST_TIMEOUT_MS',
    30_000,
    [100, 600_000],
    'ms',
    'A request must have arrived whole by then.',
  ),
  requestBytes: integer(
    'ONEOFF_REQUEST_BYTES',
    mebibyte,
    [1024, 64 * mebibyte],
    'bytes',
    'Largest request body or WebSocket message.',
  ),
  queryDepth: integer('ONEOFF_QUERY_DEPTH', 15, [3, 100], 'levels', 'Deeper than any view needs.'),
  queryComplexity: integer(
    'ONEOFF_QUERY_COMPLEXITY',
    20_000,
    [100, 10_000_000],
    'fields',
    'A field of a list counts once for each item that was asked for.',
  ),
  queryTokens: integer(
    'ONEOFF_QUERY_TOKENS',
    10_000,
    [100, 1_000_000],
    'tokens',
    'Longer than any document a person writes.',
  ),
  readYourWritesMs: integer(
    'ONEOFF_READ_YOUR_WRITES_MS',
    5000,
    [1, 60_000],
    'ms',
    'How long a mutation waits for its own read models.',
  ),
  buildWaitMs: integer(
    'ONEOFF_BUILD_WAIT_MS',
    5000,
    [0, 60_000],
    'ms',
    'How long createService waits for a local image to be found.',
  ),
  startCommandBytes: integer(
    'ONEOFF_START_COMMAND_BYTES',
    32_768,
    [1, 131_072],
    'bytes',
    'Linux takes 128 KiB in one argument.',
  ),
  environmentVariables: integer(
    'ONEOFF_ENVIRONMENT_VARIABLES',
    500,
    [1, 10_000],
    'variables',
    'Of one service or one job.',
  ),
  environmentBytes: integer(
    'ONEOFF_ENVIRONMENT_BYTES',
    262_144,
    [1, 900_000],
    'bytes',
    'An event holds them all, sealed.',
  ),
  subscriptionsPerConnection: integer(
    'ONEOFF_SUBSCRIPTIONS_PER_CONNECTION',
    100,
    [1, 10_000],
    'subscriptions',
    'A page needs few.',
  ),
  connectionInitMs: integer(
    'ONEOFF_CONNECTION_INIT_MS',
    10_000,
    [100, 60_000],
    'ms',
    'A WebSocket must say who it is by then.',
  ),
  pingIntervalMs: integer(
    'ONEOFF_PING_INTERVAL_MS',
    15_000,
    [100, 600_000],
    'ms',
    'A dead peer is noticed after two of these.',
  ),
  slowSubscriberBytes: integer(
    'ONEOFF_SLOW_SUBSCRIBER_BYTES',
    mebibyte,
    [1024, 1024 * mebibyte],
    'bytes',
    'Waiting for one socket.',
  ),
  slowSubscriberMs: integer(
    'ONEOFF_SLOW_SUBSCRIBER_MS',
    60_000,
    [100, 3_600_000],
    'ms',
    'A socket that takes nothing for so long is closed.',
  ),
  shutdownMs: integer(
    'ONEOFF_SHUTDOWN_MS',
    10_000,
    [100, 600_000],
    'ms',
    'For requests in flight after SIGTERM.',
  ),

  sample: oneOf(
    'ONEOFF_SAMPLE',
    'yes',
    ['yes', 'no'],
    'The first start makes a sample service and runs a job of it.',
  ),
  sampleImage: text('ONEOFF_SAMPLE_IMAGE', 'busybox:stable', 'image reference', 'Small, and has a shell.'),
} as const;

function text(variable: string, fallback: string, unit: string, reason: string): Variable<string> {
  return { variable, default: fallback, unit, reason, secret: false, parse: (value) => ({ value }) };
}

function integer(
  variable: string,
  fallback: number,
  [least, most]: readonly [number, number],
  unit: string,
  reason: string,
): Variable<number> {
  const wanted = `a whole number from ${least} to ${most} (${unit})`;
  return {
    variable,
    default: fallback,
    unit,
    reason,
    secret: false,
    parse: (value) => {
      const parsed = /^\d+$/.test(value) ? Number(value) : Number.NaN;
      return parsed >= least && parsed <= most ? { value: parsed } : { wanted };
    },
  };
}

function oneOf<const Choice extends string>(
  variable: string,
  fallback: NoInfer<Choice>,
  choices: readonly Choice[],
  reason: string,
): Variable<Choice> {
  const wanted = `one of ${choices.join(', ')}`;
  return {
    variable,
    default: fallback,
    unit: choices.join(', '),
    reason,
    secret: false,
    parse: (value) => {
      const choice = choices.find((candidate) => candidate === value);
      return choice === undefined ? { wanted } : { value: choice };
    },
  };
}

function secretKey(variable: string, reason: string): Variable<Uint8Array | null> {
  return {
    variable,
    default: null,
    unit: 'base64 of 32 bytes',
    reason,
    secret: true,
    parse: (value) => {
      const bytes = Buffer.from(value, 'base64');
      const wellFormed = /^[A-Za-z0-9+/_-]+={0,2}$/.test(value) && bytes.length === 32;
      return wellFormed
        ? { value: bytes }
        : { wanted: '32 bytes in base64, as `openssl rand -base64 32` prints them' };
    },
  };
}
