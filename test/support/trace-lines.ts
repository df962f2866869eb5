import type { TraceHeader, TraceLine, TurnLine } from '../../src/trace/format.ts';
import { Timeline } from '../../src/watch/page/model/timeline.ts';
import { isHeader } from '../../src/watch/page/model/trace-line.ts';

/** A header with one listener, fd 20, and Node's own event loop on fd 13. */
export function headerLine(more: Partial<TraceHeader> = {}): TraceHeader {
  return {
    tripollTrace: 1,
    date: '2026-11-23T12:00:00.000Z',
    backend: 'select',
    node: 'v20.20.2',
    kernel: '6.18.0',
    nodeFd: 13,
    timeoutSeconds: 1,
    fds: [{ fd: 20, what: 'listener', name: '127.0.0.1:9001' }],
    ...more,
  };
}

/** A header without any fd. */
export const bareHeader = headerLine({ nodeFd: -1, fds: [] });

/** A turn without changes. Its cause follows from what is ready. */
export function turnLine(more: Partial<Omit<TurnLine, 'type'>> = {}): TurnLine {
  const isReady = more.ready !== undefined && more.ready.length > 0;
  return {
    type: 'turn',
    turn: 1,
    ms: 0,
    call: 'poll',
    timeoutMs: 1000,
    waitedMs: 1,
    cause: isReady ? 'ready' : 'timeout',
    nodeWakes: 0,
    interest: [],
    ready: [],
    did: [],
    state: [],
    ...more,
  };
}

/** Adds lines to a timeline, as the page does. */
export function timelineOf(lines: readonly (TraceHeader | TraceLine)[], timeline = new Timeline()): Timeline {
  for (const line of lines) {
    if (isHeader(line)) timeline.start(line);
    else timeline.add(line);
  }
  return timeline;
}
