import { Script } from 'node:vm';

/** Longer than a few of V8's looks, of which the one after an object sees a high rate; shorter than the 107 s in which the rate decays to zero. */
const everyMs = 30_000;

/**
 * Lets V8 return memory to the system while this thread has nothing to do, until disposed of. V8 looks every 8 s whether a thread rests, and
 * takes it for busy where C++ objects of its own kind were never allocated: a rate of zero counts as the highest. So a server of Node.js 24
 * keeps all that its busiest moment took (`node --trace-memory-reducer` shows it). A script is such an object: one now and then is a rate
 * that is low, and not zero. Each thread has a heap of its own, and needs this for itself.
 */
export function collectAtRest(): Disposable {
  allocateOne();
  const timer = setInterval(allocateOne, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function allocateOne(): void {
  new Script('');
}
