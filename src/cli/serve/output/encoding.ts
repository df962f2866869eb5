/** The ways to write the bytes of a message as text. 'auto' chooses for each message. */
export const encodings = ['auto', 'utf8', 'latin1', 'base64', 'hex'] as const;
export type Encoding = (typeof encodings)[number];
