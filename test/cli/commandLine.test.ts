import { describe, expect, it } from 'vitest';
import { parseCommandLine, UsageError, usage } from '../../src/cli/commandLine.ts';

describe('the command line', () => {
  it('starts oneoff where it says nothing', () => {
    expect(parseCommandLine([])).toEqual({ kind: 'start' });
  });

  it.each(['export', 'import'])(
    '%s takes a file, and the logs of jobs unless it is told otherwise',
    (kind) => {
      const path = 'history.ndjson.gz';
      expect(parseCommandLine([kind, path])).toEqual({ kind, path, withLogs: true });
      expect(parseCommandLine([kind, path, '--no-logs'])).toEqual({ kind, path, withLogs: false });
      expect(parseCommandLine([kind, '--no-logs', path])).toEqual({ kind, path, withLogs: false });
    },
  );

  it.each([
    ['export'],
    ['import', ''],
    ['import', 'one', 'two'],
    ['export', '-'],
    ['export', 'one', '--logs'],
    ['replay', 'all'],
    ['begin'],
  ])('refuses %s, and shows how it is used', (...args) => {
    expect(() => parseCommandLine(args)).toThrow(UsageError);
    expect(() => parseCommandLine(args)).toThrow(usage);
  });

  it.each(['replay', 'token', 'export', 'import', 'settings', 'help', 'version'])('shows %s', (name) => {
    expect(usage).toContain(`\n  ${name} `);
  });
});
