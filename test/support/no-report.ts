// `node --test` of Node 24 makes SIGUSR2, which these tests send, write a diagnostic report into the working folder.
process.report.reportOnSignal = false;
