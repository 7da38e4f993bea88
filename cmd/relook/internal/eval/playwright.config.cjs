// The pictures that some tests compare with are not part of the data, and a
// repair may change how a page looks: pictures are not compared.
module.exports = {
  testDir: './tests',
  outputDir: './results',
  timeout: 20000,
  expect: { timeout: 2000 },
  ignoreSnapshots: true,
  workers: 1,
  reporter: 'json',
  use: {
    actionTimeout: 3000,
    launchOptions: { executablePath: process.env.RELOOK_BROWSER },
  },
};
