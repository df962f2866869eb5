export * from './fd.ts';
export * from './layout.ts';
export * from './select.ts';
export * from './socket.ts';
