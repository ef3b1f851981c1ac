/** Reporter: how many tests passed or failed only after a second try, and which. */
import type { Reporter, TestCase, TestModule } from 'vitest/node';

export function secondTries(modules: readonly Pick<TestModule, 'children'>[]): string[] {
  const tried = modules.flatMap(({ children }) =>
    [...children.allTests()].filter((test) => (test.diagnostic()?.retryCount ?? 0) > 0),
  );
  return [`second tries: ${tried.length}`, ...tried.map((test) => `  ${nameOf(test)}`)];
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName} (${test.result().state})`;
}

export default class SecondTries implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    for (const line of secondTries(modules)) console.log(line);
  }
}
