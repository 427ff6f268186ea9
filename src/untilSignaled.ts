/** A signal that comes sooner after the first is the same wish: a terminal and npm each pass on one Ctrl-C. */
const sameWishMs = 500;

/** Answers with the first SIGTERM or SIGINT. A second wish ends the process at once: its next start goes on from the events. */
export function untilSignaled(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let firstMs: number | undefined;
    const take = (signal: NodeJS.Signals): void => {
      const nowMs = performance.now();
      firstMs ??= nowMs;
      if (nowMs - firstMs > sameWishMs) process.exit(1);
      resolve(signal);
    };
    process.on('SIGTERM', take);
    process.on('SIGINT', take);
  });
}
