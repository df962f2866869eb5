import { Failure } from '../failure.ts';
import { framer } from './frame.ts';
import { parseFraming } from './framing.ts';
import { type Configuration, type Key, keys, table } from './settings.ts';
import type { Source } from './sources.ts';

/** What is in force, and who said so. */
export interface Effective {
  /** All settings. */
  readonly values: Configuration;
  /** Those that are in force, with who said so: '--port', 'TRIPOLL_PORT', 'port in serve.json'; `undefined` for nobody. */
  readonly origins: ReadonlyMap<Key, string | undefined>;
}

// Only one of them says where to listen.
const places: readonly (readonly Key[])[] = [['host', 'port'], ['unix'], ['fd'], ['systemd']];

/**
 * Puts the settings together.
 * @param sources Who says something: the earlier one wins.
 * @returns What is in force; what nobody says is the default.
 * @throws {Failure} Where they do not fit together.
 */
export function configure(sources: readonly Source[]): Effective {
  const elsewhere = otherPlaces(sources);
  const values: Partial<Record<Key, unknown>> = {};
  const origins = new Map<Key, string | undefined>();
  for (const key of keys) {
    const source = elsewhere.has(key) ? undefined : sources.find(({ values }) => values[key] !== undefined);
    values[key] = source?.values[key] ?? table[key].default;
    if (values[key] !== undefined && !elsewhere.has(key)) origins.set(key, source?.nameOf(key));
  }
  const configuration = values as unknown as Configuration;
  return check({ values: configuration, origins: new Map([...origins].filter(isOfUse(configuration))) });
}

/**
 * The settings in force as a file that says the same.
 * @param effective The settings.
 * @returns JSON, with an end of line.
 */
export function configurationText(effective: Effective): string {
  const said = [...effective.origins.keys()].map((key) => [key, effective.values[key]]);
  return `${JSON.stringify(Object.fromEntries(said), null, 2)}\n`;
}

// The keys of the places where it does not listen: the first who says anything of a place decides.
function otherPlaces(sources: readonly Source[]): ReadonlySet<Key> {
  let chosen = places[0];
  for (const { nameOf, values } of sources) {
    const said = places.filter((place) => place.some((key) => values[key] !== undefined));
    if (said.length > 1) {
      const names = said.map((place) => nameOf(place.find((key) => values[key] !== undefined)!));
      throw new Failure(`${names.join(' and ')} exclude each other: it listens in one place.`);
    }
    if (said.length === 0) continue;
    chosen = said[0];
    break;
  }
  return new Set(places.filter((place) => place !== chosen).flat());
}

function isOfUse({ udp }: Configuration): (entry: [Key, string | undefined]) => boolean {
  const served = udp ? 'datagrams' : 'connections';
  return ([key, origin]) => {
    const { only = served } = table[key];
    if (only === served) return true;
    if (origin !== undefined) throw new Failure(`${origin} is of no use ${udp ? 'with' : 'without'} --udp.`);
    return false;
  };
}

function check(effective: Effective): Effective {
  const { echo, framing } = effective.values;
  if (!echo || framer(parseFraming(framing)!) !== undefined) return effective;
  throw new Failure('--echo needs the header that --framing drops: add ,keep-header to it.');
}
