// Prints the closing line "N passed, N failed" from vitest's JSON report and sets the exit code.
import { readFileSync } from 'node:fs';

const [, , file, status] = process.argv;
let passed = 0;
let failed = 0;
try {
  const report = JSON.parse(readFileSync(file, 'utf8'));
  passed = report.numPassedTests;
  failed = report.numFailedTests;
  if (failed === 0 && report.numFailedTestSuites > 0) failed = report.numFailedTestSuites;
} catch (error) {
  console.error(`no test report: ${error.message}`);
  failed = 1;
}
if (status !== '0' && failed === 0) failed = 1;
if (passed === 0) failed = Math.max(failed, 1);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
