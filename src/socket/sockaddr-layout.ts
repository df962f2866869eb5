// Offsets in bytes. struct sockaddr_in: family, port, 4 bytes. struct sockaddr_in6: family, port, flowinfo, 16 bytes, scope
// id. The family and the scope id are in the machine's byte order, the other numbers in network order.

export const OFFSETOF_PORT = 2;
export const OFFSETOF_SIN_ADDR = 4;
export const OFFSETOF_SIN6_FLOWINFO = 4;
export const OFFSETOF_SIN6_ADDR = 8;
export const OFFSETOF_SIN6_SCOPE_ID = 24;

/** 16 bits in the headers of TCP and UDP. */
export const MAX_PORT = 0xffff;
/** 20 bits in the header of IPv6. */
export const MAX_FLOWINFO = 0xfffff;
