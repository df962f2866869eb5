/** What may stand before each message in text. */
export const prefixFields = ['time', 'peer'] as const;
export type PrefixField = (typeof prefixFields)[number];

/** The fields of `--text-prefix`; `undefined` when the text names another field, or one twice. */
export function parsePrefix(text: string): readonly PrefixField[] | undefined {
  const fields = text.split(',').map((name) => prefixFields.find((field) => field === name));
  const known = fields.filter((field) => field !== undefined);
  return known.length === fields.length && new Set(known).size === known.length ? known : undefined;
}
