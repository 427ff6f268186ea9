import { describe, expect, test } from 'vitest';
import { createPrometheusMetrics } from '../../../src/adapters/prometheus/metrics.ts';
import { counters, gauges, histograms } from '../../../src/adapters/prometheus/metricsTable.ts';
import type { LogFields, Logger } from '../../../src/ports/telemetry.ts';

function given() {
  const logged: LogFields[] = [];
  const write = (fields: LogFields) => logged.push(fields);
  const logger: Logger = { debug: write, info: write, warn: write, error: write, child: () => logger };
  const metrics = createPrometheusMetrics({ logger });
  const scrape = async () =>
    (await metrics.render()).body.split('\n').filter((line) => line.startsWith('oneoff_'));
  return { metrics, scrape, logged };
}

describe('metrics', () => {
  test('are served in the text format of Prometheus, with those of the process', async () => {
    const { contentType, body } = await given().metrics.render();
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(body).toContain('process_cpu_seconds_total');
    expect(body).toContain('nodejs_eventloop_lag_seconds');
  });

  test('have names that begin with oneoff_ and end with their unit, and a sentence of help', () => {
    for (const { exposedName, help } of Object.values(histograms)) {
      expect(exposedName).toMatch(/^oneoff_[a-z_]+_seconds$/);
      expect(help).toMatch(/\.$/);
    }
    for (const { exposedName } of Object.values(counters))
      expect(exposedName).toMatch(/^oneoff_[a-z_]+_total$/);
    for (const { exposedName } of Object.values(gauges)) expect(exposedName).toMatch(/^oneoff_[a-z_]+$/);
  });

  test('put a duration into its bucket', async () => {
    const { metrics, scrape } = given();
    metrics.observe('append', 0.004);
    const lines = await scrape();
    expect(lines).toContain('oneoff_append_seconds_bucket{le="0.0025"} 0');
    expect(lines).toContain('oneoff_append_seconds_bucket{le="0.005"} 1');
    expect(lines).toContain('oneoff_append_seconds_sum 0.004');
  });

  test('count by label, one unless told', async () => {
    const { metrics, scrape } = given();
    metrics.count('loop_retry', { loop: 'dispatch' });
    metrics.count('loop_retry', { loop: 'dispatch' }, 2);
    expect(await scrape()).toContain('oneoff_loop_retry_total{loop="dispatch"} 3');
  });

  test('leave out a label that is not listed, so that none can grow without bound', async () => {
    const { metrics, scrape } = given();
    metrics.observe('append', 1, { workspace: 'wks-1' });
    metrics.count('loop_retry', { loop: 'dispatch', jobId: 'job-1' });
    expect((await scrape()).join('\n')).not.toMatch(/wks-1|job-1/);
  });

  test('never fail what they measure', async () => {
    const { metrics, scrape } = given();
    metrics.observe('append', Number.NaN);
    metrics.count('log_lines', { stream: 'stdout' }, -1);
    expect(await scrape()).toContain('oneoff_append_seconds_count 0');
  });
});

describe('a gauge', () => {
  test('is read at each scrape, and forgets values that are gone', async () => {
    const { metrics, scrape } = given();
    let values = [{ labels: { status: 'PENDING' }, value: 3 }];
    metrics.gauge('jobs', () => values);
    expect(await scrape()).toContain('oneoff_jobs{status="PENDING"} 3');
    values = [{ labels: { status: 'RUNNING' }, value: 1 }];
    const lines = (await scrape()).filter((line) => line.startsWith('oneoff_jobs{'));
    expect(lines).toEqual(['oneoff_jobs{status="RUNNING"} 1']);
  });

  test('adds up what its readers answer for the same labels', async () => {
    const { metrics, scrape } = given();
    metrics.gauge('running_containers', () => [{ labels: { engine: 'docker' }, value: 2 }]);
    metrics.gauge('running_containers', () => [{ labels: { engine: 'docker' }, value: 3 }]);
    expect(await scrape()).toContain('oneoff_running_containers{engine="docker"} 5');
  });

  test('that nobody feeds is absent rather than zero', async () => {
    expect((await given().scrape()).filter((line) => line.startsWith('oneoff_queue_depth'))).toEqual([]);
  });

  test('that cannot be read is logged and absent; the others are there', async () => {
    const { metrics, scrape, logged } = given();
    const error = new Error('the file is gone');
    metrics.gauge('queue_depth', () => {
      throw error;
    });
    metrics.gauge('subscriptions', () => [{ labels: {}, value: 1 }]);
    const lines = await scrape();
    expect(lines).toContain('oneoff_subscriptions 1');
    expect(lines.filter((line) => line.startsWith('oneoff_queue_depth'))).toEqual([]);
    expect(logged).toEqual([{ error, gauge: 'queue_depth' }]);
  });
});
