import { setTimeout } from 'node:timers/promises';

import { Client } from './client.ts';
import { Program } from './program.ts';

const LINE_MS = 10_000;

/** Plays a demonstration: runs a program and its clients, and prints what they do. */
export class Stage {
  readonly #folder: string;
  readonly #print: (line: string) => void;
  readonly #clients: Client[] = [];
  #program: Program | undefined;
  #port = 0;
  #lines: string[] = [];

  constructor(folder: string, print: (line: string) => void) {
    this.#folder = folder;
    this.#print = print;
  }

  say(text: string): void {
    this.#print(text === '' ? '' : `# ${text}`);
  }

  /** Starts a program of the lesson's folder. Before that, it ends the program that runs. */
  async serve(name = 'program'): Promise<void> {
    this.endProgram();
    this.#lines = [];
    const program = new Program(`${this.#folder}${name}.js`, (line) => {
      if (line.startsWith('listening ')) return;
      this.#lines.push(line);
      this.#print(`    ${line}`);
    });
    this.#program = program;
    this.#port = (await program.port()) ?? this.#fail('did not start');
  }

  /** A client connects. Then the program prints lines that begin with `lines`, in this order. */
  async connects(name: string, ...lines: string[]): Promise<Client> {
    this.#print(`${name} connects`);
    const [client] = await this.#connect(1);
    await this.#until(lines);
    return client!;
  }

  /** Many clients connect; only `text` is printed. */
  async crowd(count: number, text: string): Promise<Client[]> {
    this.#print(text);
    return this.#connect(count);
  }

  /** Waits until the program prints these lines. */
  async prints(...lines: string[]): Promise<void> {
    await this.#until(lines);
  }

  /** Prints `text`, calls `act`, and waits until the program prints these lines. */
  async does(text: string, act: () => unknown, ...lines: string[]): Promise<void> {
    this.#print(text);
    await act();
    await this.#until(lines);
  }

  async sends(name: string, client: Client, text: string, ...lines: string[]): Promise<void> {
    const act = (): void => {
      client.send(text);
    };
    await this.does(`${name} sends ${JSON.stringify(text)}`, act, ...lines);
  }

  async closes(name: string, client: Client, ...lines: string[]): Promise<void> {
    const act = (): void => {
      client.close();
    };
    await this.does(`${name} closes`, act, ...lines);
  }

  async resets(name: string, client: Client, ...lines: string[]): Promise<void> {
    const act = (): void => {
      client.reset();
    };
    await this.does(`${name} resets its connection`, act, ...lines);
  }

  /** Half a second in which the program prints nothing. */
  async nothing(): Promise<void> {
    await setTimeout(500);
    this.#print('    (half a second passes: nothing)');
  }

  signal(signal: NodeJS.Signals): void {
    this.#program?.kill(signal);
  }

  endProgram(): void {
    // The program ends first, so that it does not print how its clients close their connections.
    this.#program?.kill('SIGKILL');
    for (const client of this.#clients.splice(0)) client.close();
  }

  [Symbol.dispose](): void {
    this.endProgram();
  }

  async #connect(count: number): Promise<Client[]> {
    const clients: Client[] = [];
    while (clients.length < count) clients.push(await Client.connect(this.#port));
    this.#clients.push(...clients);
    return clients;
  }

  async #until(lines: readonly string[]): Promise<void> {
    for (const line of lines) {
      const find = (): number => this.#lines.findIndex((printed) => printed.startsWith(line));
      const came = await this.#program?.until(() => find() >= 0, LINE_MS);
      if (came !== true) this.#fail(`did not print ${JSON.stringify(line)}`);
      this.#lines.splice(0, find() + 1);
    }
  }

  #fail(what: string): never {
    throw new Error(`the lesson's program ${what}\n${this.#program?.stderr ?? ''}`);
  }
}
