import type { Command } from 'commander';

import { framingForms, lengthPrefixedSuffixes } from './framing-option.ts';
import { addServeOptions } from './options.ts';

interface ServeFlags {
  readonly check?: true;
  readonly printConfig?: true;
}

const EXAMPLES = `Examples:
  tripoll serve                       listen on 0.0.0.0:9001, print what comes
  tripoll serve --port 9002 --backend epoll
  tripoll serve > messages.txt        messages into a file; the log stays on the terminal
  echo hello | nc -N 127.0.0.1 9001   a client, from another terminal
  tripoll serve --framing line --output json --metrics 127.0.0.1:9464
  tripoll serve --framing octet-counting --file syslog.txt    for logger --tcp --octet-count
  tripoll serve --watch               and see the loop in a browser
  tripoll serve --framing line --print-config > serve.json && tripoll serve --config serve.json
`;

const NOTES = `
The forms of --framing, and their messages:
${formList(framingForms, '  ')}
  After length-prefixed:BYTES, any of:
${formList(lengthPrefixedSuffixes, '    ')}

Each option is also an environment variable (--max-clients: TRIPOLL_MAX_CLIENTS) and a key of the file ("maxClients").
The command line overrides the environment, the environment overrides the file, and the file overrides the defaults. In a
variable and in the file, a flag is true or false. On the command line, --no-echo and the like turn a flag off.

Signals: SIGTERM and SIGINT (Ctrl-C) finish the work in progress and then end the server; a second signal ends it
immediately. SIGUSR2 prints the state of every connection. SIGHUP reopens --file.

Exit codes: 0 ended by a signal, or the reader of standard output has gone; 1 failed, or messages are lost; 2 wrong command
line, or --check found a mistake; 130 and 143 ended immediately by a second SIGINT or SIGTERM.
`;

export function defineServe(command: Command): void {
  command
    .description(
      'Listens on a TCP port and prints each message to standard output: the bytes of each recv, with a newline at the ' +
        'end if there is none, or the messages that --framing finds. The log goes to standard error.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES);
  const print = (sentence: string): void => {
    command.configureOutput().writeErr?.(`tripoll: ${sentence}\n`);
  };
  addServeOptions(command)
    .option('--print-config', 'print the settings as a configuration file, and on standard error where they come from')
    .option('--check', 'check the settings and whether the server can listen; then end')
    .action(async ({ check, printConfig }: ServeFlags) => {
      const { configurationText, effectiveSettings } = await import('./effective-settings.ts');
      const settings = effectiveSettings(command);
      if (printConfig) {
        command.configureOutput().writeOut?.(configurationText(settings));
        for (const [name, origin] of settings.origins) if (origin !== undefined) print(`${name} is from ${origin}`);
      }
      if (check) {
        const { checkSettings } = await import('./check.ts');
        print(await checkSettings(settings.values));
      } else if (!printConfig) {
        const { runServer } = await import('./lifecycle.ts');
        await runServer(settings);
      }
    });
}

function formList(forms: Readonly<Record<string, string>>, indent: string): string {
  return Object.entries(forms)
    .map(([form, message]) => `${indent}${form.padEnd(26 - indent.length)}${message}`)
    .join('\n');
}
