// Bidi_Control are the characters that change the direction of the text after them, such as U+202E.
const CONTROL = /[\p{Cc}\p{Bidi_Control}]/gu;

/**
 * Writes each control character as `\x1b`, except those in `kept`: text from another program could otherwise move the
 * terminal's cursor, or look like a line of its own. A character that changes the direction of text becomes `\u202e`: it
 * could show a name backwards.
 */
export function escapeControlCharacters(text: string, kept = ''): string {
  return text.replace(CONTROL, (character) => {
    if (kept.includes(character)) return character;
    const code = character.charCodeAt(0);
    return code > 0xff ? unicodeEscape(code) : `\\x${code.toString(16).padStart(2, '0')}`;
  });
}

/** Writes the same characters, except newlines, as `\u001b`: the text is JSON, and its value stays the same. */
export function escapeInJson(json: string): string {
  return json.replace(CONTROL, (character) =>
    character === '\n' ? character : unicodeEscape(character.charCodeAt(0)),
  );
}

function unicodeEscape(code: number): string {
  return `\\u${code.toString(16).padStart(4, '0')}`;
}
