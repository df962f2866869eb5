/** What the server says to what it is asked to do. */
export type Answer =
  | { readonly ok: true; readonly text?: string; readonly look?: string }
  | { readonly ok: false; readonly error: string };

/**
 * Asks the server to do something.
 * @param path What, below the page's URL.
 * @param body With what.
 * @returns What it says; that it does not answer is an error like others.
 */
export async function post(path: string, body: object): Promise<Answer> {
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) });
    return (await response.json()) as Answer;
  } catch {
    return { ok: false, error: 'the program does not answer.' };
  }
}
