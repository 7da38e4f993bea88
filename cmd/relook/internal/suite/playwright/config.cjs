// What a run is given stands beside this file; see runner.go.
const run = require('./run.json');
const { devices } = require(run.module);

module.exports = {
  testDir: './tests',
  outputDir: './results',
  timeout: run.testMillis,
  expect: { timeout: run.expectMillis },
  // Pictures that tests compare with are not part of the data, and a repair may
  // change how a page looks.
  ignoreSnapshots: true,
  fullyParallel: true,
  workers: run.workers,
  retries: run.retries,
  reporter: [['line'], [require.resolve('./reporter.cjs')]],
  use: {
    ...devices['Desktop Chrome'],
    baseURL: run.site || undefined,
    actionTimeout: run.actionMillis,
    launchOptions: { executablePath: run.browser },
  },
};
