export * from './constants/socket.ts';
