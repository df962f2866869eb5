export * from './constants/fd.ts';
export * from './constants/layout.ts';
export * from './constants/select.ts';
export * from './constants/socket.ts';
