// `node --test` of Node 24 passes --report-signal=SIGUSR2 to the process of each test file, and that makes the signal write a
// diagnostic report into the working folder. Some tests send SIGUSR2 to their own process.
process.report.reportOnSignal = false;
