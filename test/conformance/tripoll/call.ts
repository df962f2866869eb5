import * as select from '../../../src/select.ts';
import * as selectors from '../../../src/selectors.ts';
import * as socket from '../../../src/socket.ts';
import type { Call } from '../scenario.ts';
import type { Value } from '../values.ts';
import { decode } from './arguments.ts';
import { ourName } from './naming.ts';
import { encode, encodeResultOf } from './results.ts';
import type { World } from './world.ts';

const modules: Readonly<Record<string, unknown>> = { select, selectors, socket };

/** Makes a call, written with Python's names, on tripoll. */
export function call(world: World, [step, ...args]: Call): Value {
  const [names, path] = step.includes(' = ') ? (step.split(' = ') as [string, string]) : ['', step];
  const [head = '', ...rest] = path.split('.');
  const method = ourName(rest.pop() ?? '');
  const first = modules[head] ?? world.object(head);
  const owner = rest.reduce((object, name) => member(object, ourName(name)), first);
  const result = apply(
    owner,
    method,
    args.map((argument) => decode(world, argument)),
  );
  giveNames(world, names, result);
  return names === '' ? encodeResultOf(world, owner, method, result) : encode(world, result);
}

function apply(owner: unknown, name: string, args: unknown[]): unknown {
  const target = member(owner, name);
  if (typeof target !== 'function') return target;
  return /^[A-Z]/.test(name) && !/^[A-Z_]+$/.test(name)
    ? Reflect.construct(target, args)
    : (Reflect.apply(target, owner, args) as unknown);
}

function member(owner: unknown, name: string): unknown {
  if (typeof owner === 'function' || (typeof owner === 'object' && owner !== null)) {
    const value = (owner as Record<string, unknown>)[name];
    if (value !== undefined) return value;
  }
  throw new Error(`no ${name} in ${String(owner)}`);
}

function giveNames(world: World, names: string, result: unknown): void {
  if (names === '') return;
  const each = names.split(', ');
  if (each.length === 1) world.name(names, result);
  else for (const [index, name] of each.entries()) world.name(name, (result as unknown[])[index]);
}
