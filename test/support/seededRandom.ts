/** Numbers from 0 to 1 that are the same for the same seed; ONEOFF_TEST_SEED repeats a run. Source: mulberry32. */
export function seededRandom(): Readonly<{ seed: number; random: () => number }> {
  const seed = Number(process.env.ONEOFF_TEST_SEED ?? Math.floor(Math.random() * 2 ** 32));
  let state = seed;
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return { seed, random };
}
