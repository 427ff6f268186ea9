import type { Reporter, TestModule, TestSuite } from 'vitest/node';

/** Ends a run with the suites that this machine could not run, and why: a green run that skipped half of the tests must not look whole. */
export default class SkippedSuitesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const skipped = modules.flatMap((module) => [...module.children.suites()].flatMap(skippedIn));
    if (skipped.length === 0) return;
    const tests = skipped.reduce((sum, suite) => sum + [...suite.children.allTests()].length, 0);
    console.log(
      `\nNOT RUN: ${skipped.length} suites with ${tests} tests, because something they need is missing:`,
    );
    for (const suite of skipped) console.log(`  ${suite.module.relativeModuleId}: ${suite.name}`);
  }
}

/** The suites, at any depth, that say that they were skipped for what is missing. */
function skippedIn(suite: TestSuite): readonly TestSuite[] {
  if (suite.name.includes('(SKIPPED: ')) return [suite];
  return [...suite.children.suites()].flatMap(skippedIn);
}
