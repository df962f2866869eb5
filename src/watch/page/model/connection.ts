import type { Timeline } from './timeline.ts';
import { isHeader, parseLine } from './trace-line.ts';

/** Where the lines come from, in a word or two. */
export type Connection = 'connecting' | 'live' | 'recorded' | 'ended' | 'lost' | 'refused';

/** What the source of a trace tells the page. */
export interface SourceEvents {
  /** Lines have come. */
  readonly changed: () => void;
  /** The connection's state is another one. */
  readonly connection: (state: Connection, reason?: string) => void;
}

/**
 * Reads the trace from the server, and goes on from the last line where the connection was lost.
 * @param timeline Where the lines go.
 * @param events What to tell.
 */
export function readTrace(timeline: Timeline, events: SourceEvents): void {
  const { changed, connection } = events;
  const source = new EventSource('trace');
  connection('connecting');
  source.addEventListener('open', () => {
    connection('live');
  });
  source.addEventListener('error', () => {
    connection(source.readyState === EventSource.CLOSED ? 'refused' : 'lost');
  });
  source.addEventListener('message', ({ data }: MessageEvent<string>) => {
    try {
      take(timeline, data);
    } catch (error) {
      source.close();
      connection('refused', error instanceof Error ? error.message : undefined);
      return;
    }
    if (timeline.ended) {
      source.close();
      connection('ended');
    }
    changed();
  });
}

function take(timeline: Timeline, text: string): void {
  const line = parseLine(text);
  if (line === undefined) return;
  if (isHeader(line)) timeline.begin(line);
  else timeline.add(line);
}
