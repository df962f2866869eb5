import type { Timeline } from './timeline.ts';
import { isHeader, parseLine } from './trace-line.ts';

export type ConnectionState = 'connecting' | 'live' | 'recorded' | 'ended' | 'lost' | 'refused';

export interface TraceListener {
  /** Called when lines have been added to the timeline. */
  readonly changed: () => void;
  /** Called when the state of the connection changes; `reason` says in a sentence what is wrong. */
  readonly connection: (state: ConnectionState, reason?: string) => void;
}

/** Adds the lines of the server's trace to a timeline. A lost connection continues after the last line. */
export function readTrace(timeline: Timeline, { changed, connection }: TraceListener): void {
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
      addLine(timeline, data);
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

function addLine(timeline: Timeline, text: string): void {
  const line = parseLine(text);
  if (line === undefined) return;
  if (isHeader(line)) timeline.start(line);
  else timeline.add(line);
}

export interface Action {
  readonly name: string;
  readonly label: string;
  /** Says what to look for. */
  readonly look: string;
}

/** Loads the actions of the program; a file has none. */
export async function loadActions(): Promise<Action[]> {
  const response = await fetch('actions');
  return response.ok ? ((await response.json()) as Action[]) : [];
}

export type Answer =
  | { readonly ok: true; readonly text?: string; readonly look?: string }
  | { readonly ok: false; readonly error: string };

/** Sends a request to the server. When it does not answer, that is an error like others. */
export async function post(path: 'act' | 'control', body: object): Promise<Answer> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as Answer;
  } catch {
    return { ok: false, error: 'the program does not answer.' };
  }
}
