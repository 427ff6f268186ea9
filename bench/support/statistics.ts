/** The value that `share` (0 to 1) of the values lie below. Throws for no values. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  if (below === undefined || above === undefined) throw new Error('percentile: got no values');
  return below + (above - below) * (place - Math.floor(place));
}

/** The middle value. Throws for no values. */
export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** `12.3 (11.9 to 12.8)`: the median with the least and the greatest value. */
export function withSpread(values: readonly number[], unit: string): string {
  const show = (value: number) => value.toPrecision(4).replace(/\.0+$/, '');
  return `${show(median(values))} ${unit} (${show(Math.min(...values))} to ${show(Math.max(...values))}, ${values.length} runs)`;
}
