import { type Command, Option } from 'commander';

import { log } from './text.ts';
import { parser } from './values.ts';
import { check } from './serve/check.ts';
import { configurationText, configure, type Effective } from './serve/configuration.ts';
import { framingForms } from './serve/framing.ts';
import { run } from './serve/run.ts';
import { defaultText, flagOf, groups, type Setting } from './serve/setting.ts';
import { keys, table } from './serve/settings.ts';
import { commandLine, configurationFile, environment, type Said } from './serve/sources.ts';

interface ServeFlags extends Said {
  readonly config?: string;
  readonly check?: true;
  readonly printConfig?: true;
}

const EXAMPLES = `Examples:
  tripoll serve                       listen on 0.0.0.0:9001, print what comes
  tripoll serve --port 9002 --backend epoll
  tripoll serve > messages.txt        messages into a file, the log stays here
  echo hello | nc -N 127.0.0.1 9001   a client, from another terminal
  tripoll serve --framing line --output json --metrics 127.0.0.1:9464
  tripoll serve --framing octet-counting --file syslog.txt    for logger --tcp --octet-count
  tripoll serve --watch               and see the loop in a browser
  tripoll serve --framing line --print-config > serve.json && tripoll serve --config serve.json
`;

const NOTES = `
A message, by --framing:
${Object.entries(framingForms)
  .map(([form, meaning]) => `  ${form.padEnd(24)}${meaning}`)
  .join('\n')}

Each option is also an environment variable (--max-clients: TRIPOLL_MAX_CLIENTS) and a key of the file ("maxClients").
The command line wins over the environment, that over the file, and that over the defaults. What is on or off there is
true or false; --no-echo and its like turn off.

Signals: SIGTERM and SIGINT (Ctrl-C) end it when what is under way is done, a second one now. SIGUSR2 prints the state
of every connection. SIGHUP opens --file anew.

Exit codes: 0 ended by a signal, 1 failed, 2 asked for wrongly, or --check found something; 130 and 143 ended now, by a
second SIGINT or SIGTERM.
`;

/**
 * Adds `tripoll serve`.
 * @param program The command that it becomes part of.
 */
export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .summary('receive messages over TCP and print them')
    .description(
      'Listens on a TCP port and prints each message to standard output: what each recv gives, with a newline where it ' +
        'ends without one, or what --framing says. The log goes to standard error.',
    )
    .addHelpText('before', EXAMPLES)
    .addHelpText('after', NOTES)
    .addHelpOption(new Option('-h, --help', 'print this').helpGroup(groups.operation));
  addSettings(command)
    .option('--print-config', 'print the settings in force as such a file, and on standard error who said so')
    .option('--check', 'check the settings, and that it can listen; then end')
    .action(serve);
}

/**
 * Adds the options of `tripoll serve` to a command that serves.
 * @param command The command.
 * @returns It.
 */
export function addSettings(command: Command): Command {
  for (const key of keys) for (const option of optionsOf(key, table[key])) command.addOption(option);
  return command.optionsGroup(groups.operation).option('--config <path>', 'a JSON file with settings (TRIPOLL_CONFIG)');
}

/**
 * The settings in force.
 * @param flags What stands on the command line.
 * @returns They, with who said so.
 * @throws {Failure} Where one is wrong.
 */
export function effectiveOf(flags: Said & { readonly config?: string }): Effective {
  const { config, ...said } = flags;
  const file = config ?? process.env.TRIPOLL_CONFIG ?? '';
  return configure([commandLine(said), environment(process.env), ...(file === '' ? [] : [configurationFile(file)])]);
}

function optionsOf(key: string, setting: Setting): Option[] {
  const { argument, kind, optional, group, help } = setting;
  const flag = flagOf(key);
  const value = argument === '' ? '' : optional ? ` [${argument}]` : ` <${argument}>`;
  const byDefault = defaultText(setting);
  const text = argument === '' || byDefault === '' ? help : `${help} (default: ${byDefault})`;
  const option = new Option(`${flag}${value}`, text).helpGroup(groups[group]);
  if (argument !== '') return [option.argParser(parser(kind))];
  return [option, new Option(flag.replace('--', '--no-')).hideHelp()];
}

async function serve({ check: checks, printConfig, ...flags }: ServeFlags): Promise<void> {
  const effective = effectiveOf(flags);
  if (printConfig) {
    process.stdout.write(configurationText(effective));
    for (const [key, origin] of effective.origins) if (origin !== undefined) log(`${key} is from ${origin}`);
  }
  if (checks) await check(effective.values);
  if (!checks && !printConfig) await run(effective);
}
