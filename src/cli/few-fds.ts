// This file imports nothing: main.ts needs it when Node cannot open any further module.

/** What to do about EMFILE. */
export const TOO_FEW_FDS =
  'the process may open too few files. Raise the limit, for example with `ulimit -n 1024` or LimitNOFILE= of systemd.';

/** What to do about ENFILE. */
export const TOO_MANY_FILES = 'all programs of this machine together have too many files open.';
