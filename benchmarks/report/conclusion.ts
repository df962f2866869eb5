import { figures, isFixedRate, type Measurements } from '../harness/measurements.ts';
import { formatNumber } from '../harness/numbers.ts';
import type { Cell } from '../harness/results.ts';
import { ratioText, spreadText } from '../harness/spread.ts';

/** Most servers are below this rate most of the day. */
const RATE = 40_000;
const SLOW_RATE = 1000;
// The workload in which clients wait for their answers and do nothing else.
const SATURATED = 'echo';
const CONNECTIONS = 64;

/** What a saturated figure means, beside each table of such figures. */
export const SATURATED_TEXT =
  'A saturated server amortises its wait over many events: each turn finds messages of most clients. At the rates that servers have ' +
  'most of the day a turn finds one or two events, and a message costs several times as much.';

/** What a reader wants to know first, in three sentences that are computed from the samples. */
export function conclusion(data: Measurements): string[] {
  const cells = data.results.cells.filter(({ role }) => role === 'echo');
  const fixed = cells.find((cell) => isFixedRate(cell) && cell.parameters.rate === RATE);
  const slow = cells.find(
    (cell) => isFixedRate(cell) && cell.parameters.rate === SLOW_RATE && cell.parameters.connections === CONNECTIONS,
  );
  const saturated = cells.find(
    ({ workload, parameters }) => workload === SATURATED && parameters.connections === CONNECTIONS,
  );
  return [costText(data, fixed, slow), latencyText(data, fixed), saturatedText(data, saturated)];
}

function costText(data: Measurements, cell: Cell | undefined, slow: Cell | undefined): string {
  const cost = cell && costOf(data, cell);
  if (!cost) return `This run has not measured what a message costs tripoll on epoll at ${rateText(RATE)}.`;
  const slower = slow && costOf(data, slow);
  const more = slower ? `; at ${rateText(SLOW_RATE)} it costs ${slower}` : '';
  return `At ${rateText(RATE)}, a message costs tripoll on epoll ${cost}${more}.`;
}

function latencyText(data: Measurements, cell: Cell | undefined): string {
  const { ours, c, net } = cell ? placesOf(data, cell) : {};
  const p99 = ours && data.spread(ours, figures.p99);
  if (!p99) return `This run has not measured tripoll's latency at ${rateText(RATE)}.`;
  const others = [
    ['C', c],
    ['node:net', net],
  ] as const;
  const texts = others.flatMap(([name, place]) => {
    const spread = place && data.spread(place, figures.p99);
    return spread ? [`${spreadText(spread)} µs with ${name}`] : [];
  });
  return `At ${rateText(RATE)}, 99 % of the answers come within ${[`${spreadText(p99)} µs`, ...texts].join(', ')}.`;
}

function saturatedText(data: Measurements, cell: Cell | undefined): string {
  const cost = cell && costOf(data, cell);
  if (!cost) return 'This run has not measured a saturated server.';
  const ours = placesOf(data, cell).ours!;
  const events = data.waits(ours)?.eventsATurn;
  const found = events === undefined ? 'many events' : `many events (here ${formatNumber(events)})`;
  return (
    `When ${CONNECTIONS} clients send as soon as they have their answer, a message costs tripoll ${cost}; such a saturated server ` +
    `amortises each wait over ${found}.`
  );
}

/** `13.3 (12.9–13.8) µs of CPU, 1.41× (1.35–1.48) as much as C and 0.80× (0.77–0.84) as much as node:net` */
function costOf(data: Measurements, cell: Cell): string | undefined {
  const { ours, c, net } = placesOf(data, cell);
  const cost = ours && data.spread(ours, figures.cpu);
  if (!cost) return undefined;
  const ratios = [
    ['C', data.ratios(figures.cpu, ours, c)],
    ['node:net', data.ratios(figures.cpu, ours, net)],
  ] as const;
  const texts = ratios.flatMap(([name, ratio]) => (ratio ? [`${ratioText(ratio)} as much as ${name}`] : []));
  return [`${spreadText(cost)} µs of CPU`, ...(texts.length > 0 ? [texts.join(' and ')] : [])].join(', ');
}

/** tripoll, C and node:net on epoll, as far as they have samples in a cell. */
export function placesOf(data: Measurements, cell: Cell) {
  const driver = data.find(cell, 'tripoll', 'epoll');
  return {
    ours: driver && ([cell, driver] as const),
    c: data.base(cell, 'C', 'epoll'),
    net: data.base(cell, 'node:net', 'epoll'),
  };
}

function rateText(rate: number): string {
  return `${rate.toLocaleString('en-US')} messages a second`;
}
