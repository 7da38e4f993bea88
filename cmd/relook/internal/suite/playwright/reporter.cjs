// Writes down what happens as it happens, an event a line: what ran when a run
// was killed is known, which the JSON reporter's report at the end can't tell.
const fs = require('fs');
const path = require('path');
const file = path.join(__dirname, 'events.jsonl');

function write(event) {
  fs.appendFileSync(file, JSON.stringify(event) + '\n');
}

function id(test) {
  // '', project, file, suites ..., test
  const [, , name, ...titles] = test.titlePath();
  return { file: name.split(path.sep).join('/'), title: titles.join(' > ') };
}

module.exports = class {
  onBegin(config, suite) {
    for (const test of suite.allTests()) write({ event: 'found', ...id(test) });
  }
  onTestBegin(test) {
    write({ event: 'begun', ...id(test) });
  }
  onTestEnd(test, result) {
    const error = result.errors.map((e) => e.message || e.value || '').join('\n');
    write({ event: 'ended', ...id(test), status: result.status, error: error.slice(0, 4000), millis: result.duration });
  }
  onError(error) {
    write({ event: 'error', error: String(error.message || error.value || '').slice(0, 4000) });
  }
  onEnd() {
    write({ event: 'end' });
  }
  printsToStdio() {
    return false;
  }
};
