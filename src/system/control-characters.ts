/**
 * Writes each control character as `\x1b`, except those in `kept`: text from another program could otherwise move the
 * terminal's cursor, or look like a line of its own.
 */
export function escapeControlCharacters(text: string, kept = ''): string {
  return text.replace(/\p{Cc}/gu, (character) => {
    if (kept.includes(character)) return character;
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  });
}
