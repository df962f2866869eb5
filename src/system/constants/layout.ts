import { constant } from './constant.ts';

// Sizes and offsets of the kernel's structures, in bytes.

export const SIZEOF_LONG = constant('SIZEOF_LONG');
export const SIZEOF_EPOLL_EVENT = constant('SIZEOF_EPOLL_EVENT');
export const OFFSETOF_EPOLL_DATA = constant('OFFSETOF_EPOLL_DATA');
export const SIZEOF_SOCKADDR_STORAGE = constant('SIZEOF_SOCKADDR_STORAGE');
export const SIZEOF_SOCKADDR_IN = constant('SIZEOF_SOCKADDR_IN');
export const SIZEOF_SOCKADDR_IN6 = constant('SIZEOF_SOCKADDR_IN6');
export const SIZEOF_SUN_PATH = constant('SIZEOF_SUN_PATH');
export const OFFSETOF_SUN_PATH = constant('OFFSETOF_SUN_PATH');
export const SIZEOF_CMSGHDR = constant('SIZEOF_CMSGHDR');
export const CMSG_ALIGNMENT = constant('CMSG_ALIGNMENT');
