import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { GaugeName, Labels, Logger, Metrics } from '../../ports/telemetry.ts';
import { counters, gauges, histograms, type MetricDescription } from './metricsTable.ts';

export type PrometheusMetricsOptions = Readonly<{ logger: Logger }>;
type GaugeReader = Parameters<Metrics['gauge']>[1];

/**
 * Metrics in a registry of their own, with those of the process (`process_…`, `nodejs_…`, under the names that ready-made
 * dashboards know). Measuring never throws: a label that the table does not list is left out, and a gauge that cannot be read is
 * logged and missing from that scrape.
 */
export function createPrometheusMetrics({ logger }: PrometheusMetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registeredHistograms = mapValues(histograms, ({ bucketsSeconds, ...description }) => {
    return new Histogram({ ...settings(description, registry), buckets: [...bucketsSeconds] });
  });
  const registeredCounters = mapValues(counters, (one) => new Counter(settings(one, registry)));
  const readers = mapValues(gauges, (): GaugeReader[] => []);
  for (const [name, description] of entries(gauges)) {
    registerGauge(name, description, registry, readers[name], logger);
  }
  return {
    observe: (name, seconds, labels = {}) => {
      if (Number.isFinite(seconds))
        registeredHistograms[name].observe(known(labels, histograms[name]), seconds);
    },
    count: (name, labels = {}, by = 1) => {
      if (by >= 0) registeredCounters[name].inc(known(labels, counters[name]), by);
    },
    gauge: (name, read) => {
      readers[name].push(read);
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}

function registerGauge(
  name: GaugeName,
  description: MetricDescription,
  registry: Registry,
  readers: readonly GaugeReader[],
  logger: Logger,
): void {
  new Gauge({
    ...settings(description, registry),
    collect() {
      this.reset();
      try {
        const rows = readers.flatMap((read) => read());
        // A gauge that nobody feeds says nothing: the zero that `reset` leaves would be a claim.
        if (readers.length === 0) this.remove({});
        for (const { labels, value } of rows) this.inc(known(labels, description), value);
      } catch (error) {
        this.remove({});
        logger.error({ error, gauge: name }, 'A gauge could not be read');
      }
    },
  });
}

function settings({ exposedName, help, labels }: MetricDescription, registry: Registry) {
  return { name: exposedName, help, labelNames: [...labels], registers: [registry] };
}

function known(labels: Labels, { labels: listed }: MetricDescription): Labels {
  return Object.fromEntries(Object.entries(labels).filter(([name]) => listed.includes(name)));
}

function mapValues<Name extends string, From, To>(
  table: Readonly<Record<Name, From>>,
  map: (value: From) => To,
): Readonly<Record<Name, To>> {
  return Object.fromEntries(entries(table).map(([name, value]) => [name, map(value)])) as Record<Name, To>;
}

function entries<Name extends string, Value>(table: Readonly<Record<Name, Value>>): readonly [Name, Value][] {
  return Object.entries(table) as [Name, Value][];
}
